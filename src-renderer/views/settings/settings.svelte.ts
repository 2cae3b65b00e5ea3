import type { SettingsStatus } from '../../../src-shared/contract/settings.ts';
import type { SettingName, Settings } from '../../../src-shared/settings/settings.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown, Loader } from '../../ui/loader.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { strings } from './strings.ts';

/** The settings as the library has them; a change holds once the library says so. */
export class SettingsView {
  readonly status = new Loader<SettingsStatus>();
  /** Why a setting could not be set, by its name. */
  problems = $state.raw<Partial<Record<SettingName, string>>>({});
  /** The one that was set last, for the word "Saved". */
  saved = $state<SettingName | null>(null);
  readonly #api: Pick<Api, 'settings'>;

  constructor(api: Pick<Api, 'settings'>) {
    this.#api = api;
  }

  load(): Promise<void> {
    return this.status.load((signal) => this.#api.settings.get(undefined, { signal }));
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    const stop = live.on('settings', () => void this.load());
    return () => {
      stop();
      this.status.stop();
    };
  }

  async set<Name extends SettingName>(name: Name, value: Settings[Name]): Promise<void> {
    try {
      this.status.value = await this.#api.settings.set({ [name]: value });
      this.#problem(name, null);
      this.saved = name;
    } catch (error) {
      this.#problem(name, asShown(error).message);
    }
  }

  /** What was typed can't be a value. */
  refuse(name: SettingName, problem: string): void {
    this.#problem(name, problem);
    this.saved = null;
  }

  /** Back to the default, of some or of all; what was set can be had again. */
  async reset(names: readonly SettingName[]): Promise<void> {
    const before = this.status.value;
    if (!before) return;
    try {
      this.status.value = await this.#api.settings.reset({ names: [...names] });
      this.problems = {};
      this.saved = null;
      const undone = Object.fromEntries(
        before.changed.filter((name) => names.includes(name)).map((name) => [name, before.settings[name]]),
      );
      const [only] = names;
      toasts.show(names.length === 1 ? strings.resetDone(strings.labels[only!]) : strings.resetAllDone, {
        undo: async () => {
          this.status.value = await this.#api.settings.set(undone);
        },
      });
    } catch (error) {
      toasts.show(asShown(error).message, { tone: 'bad' });
    }
  }

  #problem(name: SettingName, problem: string | null): void {
    this.problems = { ...this.problems, [name]: problem ?? undefined };
  }
}
