// How a person works the window: with a mouse, or with a keyboard. Page models say what is pressed; hands say how.
import type { Locator, Page } from 'playwright-core';

export interface Hands {
  readonly kind: 'mouse' | 'keyboard';
  /** A button, a link, a checkbox, a radio button. */
  press(target: Locator): Promise<void>;
  /** A row of a table: what a double click or Enter opens. */
  openRow(grid: Locator, row: Locator): Promise<void>;
  /** One of a native list of choices, by its text. */
  pick(list: Locator, text: string): Promise<void>;
  /** Instead of what stands there. */
  type(field: Locator, text: string): Promise<void>;
}

/** Moves, clicks; types only into what was clicked. */
export class Mouse implements Hands {
  readonly kind = 'mouse';
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(target: Locator): Promise<void> {
    await target.click();
  }

  async openRow(_grid: Locator, row: Locator): Promise<void> {
    await row.dblclick();
  }

  async pick(list: Locator, text: string): Promise<void> {
    await list.selectOption({ label: text }); // the system draws the list; its choices are out of a script's reach
  }

  async type(field: Locator, text: string): Promise<void> {
    await field.click({ clickCount: 3 });
    await this.#page.keyboard.press('ControlOrMeta+a');
    await this.#page.keyboard.type(text);
  }
}

/** Tabs to get anywhere at most: more is no way a person goes. */
const MOST_TABS = 120;

/** Tab, arrows, Enter and Space. Whatever is reached must show that it is. */
export class Keyboard implements Hands {
  readonly kind = 'keyboard';
  readonly #page: Page;
  /** Tabs that were needed, by what was reached: how far things are from one another. */
  readonly distances: { target: string; tabs: number }[] = [];

  constructor(page: Page) {
    this.#page = page;
  }

  async press(target: Locator): Promise<void> {
    await this.reach(target);
    const role = await target.evaluate((element) =>
      element instanceof HTMLInputElement ? element.type : element.getAttribute('role'),
    );
    // The others of a group of radio buttons are reached by arrows and chosen by that.
    await this.#page.keyboard.press(role === 'checkbox' || role === 'radio' ? 'Space' : 'Enter');
  }

  async openRow(grid: Locator, row: Locator): Promise<void> {
    await this.reach(grid);
    const index = Number(await row.getAttribute('aria-rowindex')) - 2;
    await this.#page.keyboard.press('Home');
    for (let i = 0; i < index; i++) await this.#page.keyboard.press('ArrowDown');
    await this.#page.keyboard.press('Enter');
  }

  async pick(list: Locator, text: string): Promise<void> {
    await this.reach(list);
    await this.#page.keyboard.type(text); // a native list goes to what begins so
  }

  async type(field: Locator, text: string): Promise<void> {
    await this.reach(field);
    await this.#page.keyboard.press('ControlOrMeta+a');
    await this.#page.keyboard.type(text);
  }

  /** By Tab alone, from wherever the focus is. @throws where Tab doesn't lead there, or the focus can't be seen */
  async reach(target: Locator): Promise<void> {
    await target.waitFor();
    for (let tabs = 0; tabs <= MOST_TABS; tabs++) {
      const at = await target.evaluate(whereFocusIs);
      if (at === 'here') {
        this.distances.push({ target: String(target), tabs });
        await this.#mustShow(target);
        return;
      }
      // Within a group of radio buttons, tabs or rows only one is a stop of Tab; arrows go on from it.
      await this.#page.keyboard.press(at === 'group' ? 'ArrowDown' : 'Tab');
    }
    throw new Error(`Tab does not lead to ${String(target)} within ${MOST_TABS} steps.`);
  }

  async #mustShow(target: Locator): Promise<void> {
    const seen = await target.evaluate((element) => {
      const rectangle = element.getBoundingClientRect();
      const inside =
        rectangle.bottom > 0 && rectangle.top < innerHeight && rectangle.right > 0 && rectangle.left < innerWidth;
      const marked = [element, element.parentElement!, element.nextElementSibling]
        .filter((one) => one !== null)
        .some((one) => {
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
          return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
        });
      return { inside, marked };
    });
    if (!seen.inside) throw new Error(`${String(target)} has the focus out of sight.`);
    if (!seen.marked) throw new Error(`${String(target)} has the focus, and does not show it.`);
  }
}

/** Runs in the page. */
function whereFocusIs(element: Element): 'here' | 'group' | 'elsewhere' {
  const active = document.activeElement;
  if (active === element) return 'here';
  const radios = (one: Element | null): string | null =>
    one instanceof HTMLInputElement && one.type === 'radio' ? one.name : null;
  if (radios(element) !== null && radios(active) === radios(element)) return 'group';
  const group = element.closest('[role=radiogroup],[role=tablist],[role=toolbar],[role=menu],[role=listbox]');
  return group !== null &&
    active !== null &&
    active !== group &&
    group.contains(active) &&
    element.getAttribute('tabindex') === '-1'
    ? 'group'
    : 'elsewhere';
}
