const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'theme';

class ThemeChoice {
  readonly options = THEMES;
  #current = $state<Theme>('system');

  constructor() {
    const stored = localStorage.getItem(KEY);
    this.current = THEMES.find((theme) => theme === stored) ?? 'system';
  }

  /** The library's setting, which other windows change too. */
  follow(theme: Theme): void {
    if (theme !== this.#current) this.current = theme;
  }

  get current(): Theme {
    return this.#current;
  }

  set current(theme: Theme) {
    this.#current = theme;
    if (theme === 'system') {
      localStorage.removeItem(KEY);
      delete document.documentElement.dataset['theme'];
    } else {
      localStorage.setItem(KEY, theme);
      document.documentElement.dataset['theme'] = theme;
    }
  }
}

/** The person's choice of appearance: a setting of the library, kept in this browser so that a page opens in it. */
export const theme = new ThemeChoice();
