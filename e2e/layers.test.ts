// Plants a breach of each layer rule into a small tree and shows that dependency-cruiser fails on it.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import rules from '../.dependency-cruiser.js';

const root = join(import.meta.dirname, '..');
let tree: string;

/** A tree with a file in every layer, each importing what it may. */
const SOUND: Record<string, string> = {
  'src-shared/errors.ts': `import * as v from 'valibot';\nexport const code = v.string();\n`,
  'src-shared/errors.test.ts': `import { readFileSync } from 'node:fs';\nimport 'vitest';\nimport { code } from './errors.ts';\nexport { code, readFileSync };\n`,
  'src-worker/main.ts': `import * as tf from '@tensorflow/tfjs-core';\nimport { code } from '../src-shared/errors.ts';\nexport { code, tf };\n`,
  'src-main/database/open.ts': `import { code } from '../../src-shared/errors.ts';\nexport const open = code;\n`,
  'src-main/workers/spawn.ts': `import { fork } from 'node:child_process';\nexport { fork };\n`,
  'src-main/services/runs/service.ts': `import { open } from '../../database/open.ts';\nimport { queue } from './queue.ts';\nexport { open, queue };\n`,
  'src-main/services/runs/queue.ts': `import { fork } from '../../workers/spawn.ts';\nexport const queue = fork;\n`,
  'src-main/services/network/service.ts': `import { request } from 'node:https';\nexport { request };\n`,
  'src-main/services/reports/service.ts': `import { queue } from '../runs/service.ts';\nexport const report = queue;\n`,
  'src-main/app/router.ts': `import { report } from '../services/reports/service.ts';\nexport const router = report;\n`,
  'src-main/hosts/cli/main.ts': `import { report } from '../../services/reports/service.ts';\nexport { report };\n`,
  'src-main/hosts/electron/index.ts': `import { app } from 'electron';\nexport { app };\n`,
  'src-renderer/api.ts': `import { code } from '../src-shared/errors.ts';\nimport 'svelte';\nexport { code };\n`,
  'e2e/window.test.ts': `import { code } from '../src-renderer/api.ts';\nimport 'playwright-core';\nexport { code };\n`,
};

interface Breach {
  rule: string;
  /** The file that commits the breach, and what it imports. */
  file: string;
  imports: string;
  /** An import of types alone breaks a layer too. */
  typeOnly?: true;
}

const BREACHES: Breach[] = [
  { rule: 'no-cycles', file: 'src-main/services/runs/queue.ts', imports: './service.ts' },
  { rule: 'no-unresolved', file: 'src-shared/breach.ts', imports: './nowhere.ts' },
  { rule: 'shared-imports-only-shared', file: 'src-shared/breach.ts', imports: '../src-worker/main.ts' },
  { rule: 'shared-imports-only-shared', file: 'src-shared/breach.test.ts', imports: '../src-main/database/open.ts' },
  { rule: 'shared-is-pure', file: 'src-shared/breach.ts', imports: 'node:fs' },
  { rule: 'shared-is-pure', file: 'src-shared/breach.ts', imports: 'sharp' },
  { rule: 'shared-is-pure', file: 'src-shared/breach.ts', imports: 'svelte' },
  {
    rule: 'shared-imports-only-shared',
    file: 'src-shared/breach.ts',
    imports: '../src-main/database/open.ts',
    typeOnly: true,
  },
  { rule: 'worker-imports-only-shared', file: 'src-worker/breach.ts', imports: '../src-main/database/open.ts' },
  { rule: 'worker-imports-only-shared', file: 'src-worker/breach.ts', imports: '../src-renderer/api.ts' },
  {
    rule: 'main-never-imports-worker-or-renderer',
    file: 'src-main/hosts/cli/breach.ts',
    imports: '../../../src-worker/main.ts',
  },
  {
    rule: 'main-never-imports-worker-or-renderer',
    file: 'src-main/workers/breach.ts',
    imports: '../../src-renderer/api.ts',
  },
  { rule: 'services-never-import-hosts', file: 'src-main/services/runs/breach.ts', imports: '../../hosts/cli/main.ts' },
  { rule: 'services-never-import-hosts', file: 'src-main/services/runs/breach.ts', imports: '../../app/router.ts' },
  { rule: 'app-never-imports-hosts', file: 'src-main/app/breach.ts', imports: '../hosts/cli/main.ts' },
  { rule: 'no-service-insides', file: 'src-main/services/reports/breach.ts', imports: '../runs/queue.ts' },
  {
    rule: 'database-and-workers-are-below-services',
    file: 'src-main/database/breach.ts',
    imports: '../services/runs/service.ts',
  },
  {
    rule: 'database-and-workers-are-below-services',
    file: 'src-main/workers/breach.ts',
    imports: '../database/open.ts',
  },
  { rule: 'hosts-never-import-one-another', file: 'src-main/hosts/serve/breach.ts', imports: '../cli/main.ts' },
  { rule: 'renderer-imports-only-shared', file: 'src-renderer/breach.ts', imports: '../src-main/hosts/cli/main.ts' },
  {
    rule: 'renderer-imports-only-shared',
    file: 'src-renderer/views/Breach.svelte',
    imports: '../../src-worker/main.ts',
  },
  { rule: 'renderer-has-no-node', file: 'src-renderer/breach.ts', imports: 'node:path' },
  { rule: 'only-the-electron-host-imports-electron', file: 'src-main/services/runs/breach.ts', imports: 'electron' },
  { rule: 'only-the-electron-host-imports-electron', file: 'src-main/hosts/serve/breach.ts', imports: 'electron' },
  {
    rule: 'only-the-worker-imports-tensorflow',
    file: 'src-main/services/runs/breach.ts',
    imports: '@tensorflow/tfjs-core',
  },
  { rule: 'only-the-worker-imports-tensorflow', file: 'src-shared/breach.ts', imports: '@tensorflow/tfjs' },
  { rule: 'only-network-makes-requests', file: 'src-main/services/runs/breach.ts', imports: 'node:https' },
  { rule: 'only-network-makes-requests', file: 'src-worker/breach.ts', imports: 'http' },
  { rule: 'no-development-dependencies-in-sources', file: 'src-worker/breach.ts', imports: 'prettier' },
  { rule: 'no-unlisted-packages', file: 'src-worker/breach.ts', imports: 'undici-types' },
];

/** Each breach in a file of its own, so that one run of the tool meets them all. */
const PLANTED = BREACHES.map((breach, i) => ({
  ...breach,
  file: breach.file.replace(/breach/i, (name) => `${name}-${i}`),
}));

let sound: Result;
let planted: Result;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'vitrine-layers-'));
  await symlink(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
  for (const name of ['package.json', 'tsconfig.base.json', '.dependency-cruiser.js']) {
    await cp(join(root, name), join(tree, name));
  }
  for (const [file, source] of Object.entries(SOUND)) await write(file, source);
  sound = await cruise();
  for (const { file, imports, typeOnly } of PLANTED) {
    const statement = typeOnly
      ? `import type { A } from '${imports}';\nexport type B = A;\n`
      : `import '${imports}';\n`;
    const source = file.endsWith('.svelte') ? `<script lang="ts">\n${statement}</script>\n` : statement;
    await write(file, (SOUND[file] ?? '') + source);
  }
  planted = await cruise();
});

afterAll(() => rm(tree, { recursive: true, force: true }));

test('a sound tree passes', () => {
  expect(sound).toEqual({ code: 0, errors: [] });
});

// Every line the tool reports as an error makes it fail by itself: its exit code is their number.
test('the tool fails with as many errors as it names', () => {
  expect(planted.code).toBe(planted.errors.length);
});

test.each(PLANTED)('a planted breach fails: $rule, $file imports $imports', ({ rule, file }) => {
  expect(planted.errors).toContain(`${rule}: ${file}`);
});

test('every rule has a planted breach, and every rule is an error', () => {
  expect(new Set(BREACHES.map((breach) => breach.rule))).toEqual(new Set(rules.forbidden.map((rule) => rule.name)));
  expect(rules.forbidden.filter((rule) => rule.severity !== 'error')).toEqual([]);
});

async function write(file: string, source: string): Promise<void> {
  await mkdir(dirname(join(tree, file)), { recursive: true });
  await writeFile(join(tree, file), source);
}

interface Result {
  code: number;
  /** `rule: file` for each. */
  errors: string[];
}

/** Runs the command of `npm run layers` on the tree. */
async function cruise(): Promise<Result> {
  const tool = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const folders = ['src-shared', 'src-main', 'src-worker', 'src-renderer', 'e2e'];
  const args = [tool, '--config', '.dependency-cruiser.js', '--output-type', 'err', '--no-progress', ...folders];
  const env = { ...process.env, NO_COLOR: '1' };
  const { code, output } = await new Promise<{ code: number; output: string }>((done) => {
    execFile(process.execPath, args, { cwd: tree, env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr }),
    );
  });
  return { code, errors: [...output.matchAll(/error\s+([\w-]+): (\S+)/g)].map((match) => `${match[1]}: ${match[2]}`) };
}
