import type { SettingsStatus } from '../../../src-shared/contract/settings.ts';
import { freeSpace } from '../../services/library/service.ts';
import { main } from '../base.ts';
import type { Library } from '../library.ts';

async function statusOf({ settings, paths: { home } }: Library): Promise<SettingsStatus> {
  const freeBytes = await freeSpace(home).catch(() => null);
  return {
    settings: structuredClone(settings.current()),
    changed: settings.changed(),
    library: { home, freeBytes },
  };
}

export const settings = main.settings.router({
  get: main.settings.get.handler(({ context: { library } }) => statusOf(library)),
  set: main.settings.set.handler(({ context: { library }, input }) => {
    library.settings.set(input);
    return statusOf(library);
  }),
  reset: main.settings.reset.handler(({ context: { library }, input: { names } }) => {
    library.settings.reset(names);
    return statusOf(library);
  }),
});
