import type { Locator, Page } from 'playwright-core';
import type { Hands } from '../hands.ts';

/** What every page model stands on: the page, and the hands that work it. */
export abstract class View {
  protected readonly page: Page;
  protected readonly hands: Hands;

  constructor(page: Page, hands: Hands) {
    this.page = page;
    this.hands = hands;
  }

  protected get main(): Locator {
    return this.page.getByRole('main');
  }

  /** Waits until this place is shown. */
  async shows(title: string | RegExp): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  }

  protected button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name }).first();
  }
}
