import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** The list of reports, and the dialog that begins one. */
export class Reports extends View {
  get dialog(): Locator {
    return this.page.getByRole('dialog', { name: 'Evaluate' });
  }

  async open(): Promise<void> {
    await this.hands.press(
      this.page.getByRole('main').or(this.page.getByRole('banner')).getByRole('button', { name: 'Evaluate…' }).first(),
    );
    await this.dialog.waitFor();
  }

  async choose(label: 'Checkpoint' | 'Data set', text: string): Promise<void> {
    await this.hands.pick(this.dialog.getByLabel(label, { exact: true }), text);
  }

  async start(): Promise<void> {
    await this.hands.press(this.dialog.getByRole('button', { name: 'Evaluate', exact: true }).last());
    await this.page.waitForURL(/#\/reports\/.+/);
  }
}
