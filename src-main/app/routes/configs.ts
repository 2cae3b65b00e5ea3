import { FIELDS } from '../../../src-shared/config/fields.ts';
import { listPresets } from '../../../src-shared/config/preset-list.ts';
import { resolveConfig } from '../../../src-shared/config/resolve.ts';
import { leavesOf } from '../../../src-shared/config/run-config.ts';
import { main } from '../base.ts';

export const configs = main.configs.router({
  presets: main.configs.presets.handler(() => listPresets()),
  resolve: main.configs.resolve.handler(({ input: { preset: config, overrides, hasCheckpoint } }) => {
    const resolved = resolveConfig({ overrides, hasCheckpoint, ...(config === undefined ? {} : { config }) });
    return {
      preset: resolved.preset,
      config: leavesOf(resolved.config).map(([path, value]) => ({ path, value, about: FIELDS[path]!.about })),
      changed: resolved.changed,
      notes: resolved.notes,
    };
  }),
});
