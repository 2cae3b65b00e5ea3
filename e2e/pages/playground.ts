import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** A model, an image, and what it answers. */
export class Playground extends View {
  /** Some of the bundled digits. */
  async tryDigits(): Promise<void> {
    await this.hands.press(this.page.getByRole('button', { name: /^(Try some digits|Digits)$/ }).first());
  }

  /** What a model says of the pictures: its most likely classes. */
  get answers(): Locator {
    return this.main.getByRole('list', { name: /^What .+ says of / });
  }
}
