import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** Three choices, and everything else under Advanced. */
export class NewRun extends View {
  checkpoint(name: RegExp): Locator {
    return this.page.getByRole('radiogroup', { name: 'Checkpoint' }).getByRole('radio', { name }).first();
  }

  dataset(name: RegExp): Locator {
    return this.page.getByRole('radiogroup', { name: 'Data set' }).getByRole('radio', { name }).first();
  }

  goal(name: RegExp): Locator {
    return this.page.getByRole('radiogroup', { name: 'Preset' }).getByRole('radio', { name }).first();
  }

  async choose(choice: Locator): Promise<void> {
    await choice.waitFor();
    if (!(await choice.isChecked())) await this.hands.press(choice);
  }

  get flags(): Locator {
    return this.page.getByRole('textbox', { name: 'Flags' });
  }

  async openAdvanced(): Promise<void> {
    if (!(await this.flags.isVisible())) await this.hands.press(this.page.locator('summary', { hasText: 'Advanced' }));
  }

  /** As on a command line. */
  async setFlags(flags: readonly string[]): Promise<void> {
    await this.openAdvanced();
    await this.hands.type(this.flags, flags.join('\n'));
  }

  get startButton(): Locator {
    return this.page.getByRole('button', { name: /^(Start|Queue)$/ });
  }

  async start(): Promise<void> {
    await this.page.waitForFunction(() =>
      [...document.querySelectorAll('header button:not([aria-disabled])')].some((b) =>
        /^\s*(Start|Queue)\s*$/.test(b.textContent),
      ),
    );
    await this.hands.press(this.startButton);
    await this.page.waitForURL(/#\/runs\/[0-9a-f]{12}/);
  }
}
