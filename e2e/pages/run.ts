import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** Under load, two cores may need this long to compile and train the little there is, ms. */
const PATIENCE = 180_000;

/** One run: watched, ended, gone on with. */
export class Run extends View {
  get id(): string {
    return /#\/runs\/([0-9a-f]{12})/.exec(this.page.url())![1]!;
  }

  async isIn(state: string): Promise<void> {
    await this.page.getByRole('banner').getByText(state, { exact: true }).waitFor({ timeout: PATIENCE });
  }

  get step(): Promise<number> {
    return this.page
      .getByRole('progressbar')
      .first()
      .getAttribute('aria-valuenow')
      .then((text) => Number(text ?? 0));
  }

  chart(title: string): Locator {
    return this.page.getByRole('figure').filter({ has: this.page.getByRole('heading', { name: title, exact: true }) });
  }

  get crash(): Locator {
    return this.page.getByRole('alert', { name: 'This run ended before its time' });
  }

  async resume(): Promise<void> {
    await this.hands.press(this.page.getByRole('button', { name: /^Resume from step/ }).first());
  }

  /** Ended early, with what it has come to. */
  async stop(): Promise<void> {
    await this.hands.press(this.page.getByRole('button', { name: 'Stop…' }));
    await this.hands.press(this.page.getByRole('dialog').getByRole('button', { name: 'Stop and keep' }));
  }

  /** What can be made of it, beside going on. */
  #next(name: string): Locator {
    return this.page
      .getByRole('navigation', { name: 'What can be made of this run' })
      .getByRole('link', { name, exact: true });
  }

  /** To the dialog that scores this run's model. */
  async evaluate(): Promise<void> {
    await this.hands.press(this.#next('Evaluate…'));
  }

  async tryOut(): Promise<void> {
    await this.hands.press(this.#next('Try in playground'));
  }
}
