import type { Locator } from 'playwright-core';
import { View } from './view.ts';

export type RailName = 'Catalog' | 'Data' | 'Runs' | 'Reports' | 'Playground' | 'Engine' | 'Settings';

/** The rail, the status line, the palette, and the word about a lost connection. */
export class Frame extends View {
  async go(name: RailName): Promise<void> {
    const rail = this.page.getByRole('navigation', { name: 'Views' });
    await this.hands.press(rail.getByRole('link', { name, exact: true }));
    await this.shows(name);
  }

  /** By Ctrl/Cmd+K and a name: keyboards only. */
  async command(text: string): Promise<void> {
    await this.openPalette();
    await this.page.keyboard.type(text);
    await this.page.getByRole('option').first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** Ready to be typed into. */
  async openPalette(): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+k');
    await this.page.getByRole('dialog', { name: 'Commands' }).waitFor();
    await this.page.waitForFunction(() => document.activeElement?.matches('[role=dialog] input'));
  }

  get lost(): Locator {
    return this.page.getByText('The connection to Vitrine is lost');
  }

  get statusLine(): Locator {
    return this.page.getByRole('contentinfo', { name: 'Status' });
  }
}
