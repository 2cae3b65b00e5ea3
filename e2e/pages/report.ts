import type { Keyboard } from '../hands.ts';
import type { Locator } from 'playwright-core';
import { View } from './view.ts';

/** One evaluation: its headline, its confusion matrix, the images of a cell. */
export class Report extends View {
  async isThere(): Promise<void> {
    await this.page.getByText('Top-1 accuracy').first().waitFor({ timeout: 120_000 });
  }

  get matrix(): Locator {
    return this.page.getByRole('application', { name: /^Confusion matrix/ });
  }

  /** The first cell of the diagonal, which is where a class was right. */
  async openFirstCell(): Promise<void> {
    await this.matrix.scrollIntoViewIfNeeded();
    if (this.hands.kind === 'mouse') await this.#clickCell();
    else await this.#keyCell();
    await this.page.getByRole('dialog').getByRole('figure').first().waitFor();
  }

  async #clickCell(): Promise<void> {
    const box = (await this.matrix.locator('canvas').boundingBox())!;
    const readout = this.main.getByRole('status').filter({ hasText: '→' });
    // Along the top row until a cell with images answers: where it begins is the drawing's own affair.
    for (let x = 8; x < box.width; x += 12) {
      for (const y of [0.12, 0.2, 0.3]) {
        await this.page.mouse.move(box.x + x, box.y + box.height * y);
        const text = (await readout.count()) === 0 ? '' : await readout.first().innerText();
        if (/: [1-9]/.test(text)) {
          await this.page.mouse.click(box.x + x, box.y + box.height * y);
          return;
        }
      }
    }
    throw new Error('No cell of the confusion matrix answers the mouse.');
  }

  async #keyCell(): Promise<void> {
    await (this.hands as Keyboard).reach(this.matrix);
    await this.page.keyboard.press('ArrowRight');
    await this.page.keyboard.press('Enter');
  }

  async closeCell(): Promise<void> {
    if (this.hands.kind === 'keyboard') await this.page.keyboard.press('Escape');
    else await this.hands.press(this.page.getByRole('dialog').getByRole('button', { name: 'Close' }));
    await this.page.getByRole('dialog').waitFor({ state: 'hidden' });
  }

  /** Pictures of the cell that is open. */
  get images(): Locator {
    return this.page.getByRole('dialog').getByRole('figure').locator('img');
  }
}
