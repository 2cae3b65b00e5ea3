import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** A model, an image, and what it answers. */
export class Playground extends View {
  /** One of the bundled photographs. */
  async trySample(): Promise<void> {
    await this.hands.press(this.main.getByRole('button', { name: /photo|sample/i }).first());
  }

  /** Its most likely classes, with how sure it is. */
  async answers(): Promise<void> {
    await this.answer.first().waitFor({ timeout: 120_000 });
  }

  get answer(): Locator {
    return this.main.getByText(/\d+(\.\d+)? ?%/);
  }
}
