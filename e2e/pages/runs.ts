import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** The list of runs. */
export class Runs extends View {
  async beginNew(): Promise<void> {
    await this.hands.press(this.page.getByRole('link', { name: 'New run…' }).first());
    await this.shows(/New run/);
  }

  /** The empty list's own way: the bundled model and digits, chosen in the form. */
  async trySample(): Promise<void> {
    await this.hands.press(this.page.getByRole('button', { name: 'Try the sample' }));
    await this.shows(/New run/);
  }

  row(name: string): Locator {
    return this.page.getByRole('row', { name: new RegExp(name) });
  }

  /** The newest. */
  async openFirst(): Promise<void> {
    const row = this.page.getByRole('row').nth(1);
    await row.waitFor();
    await this.hands.openRow(this.page.getByRole('grid', { name: 'Runs' }), row);
    await this.page.waitForURL(/#\/runs\/[0-9a-f]{12}/);
  }

  async open(name: string): Promise<void> {
    await this.row(name).waitFor();
    await this.hands.openRow(this.page.getByRole('grid', { name: 'Runs' }), this.row(name));
    await this.shows(new RegExp(name));
  }
}
