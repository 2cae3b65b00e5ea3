// A program for e2e/package.test.ts: runs a packaged main under Node, with a stand-in for Electron, asks it for what
// needs files and processes of the package, and prints what it answered as one line of JSON.
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Handler } from '../src-main/app/http/answer.ts';

const main = process.argv[2]!;
const names = pathToFileURL(join(import.meta.dirname, 'electron-names.ts')).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: names, shortCircuit: true } : next(specifier, context),
});
const { told, electron } = await import('../src-main/hosts/electron/stand-in.fixture.ts');

async function ask(path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/json' };
  const handler = told.handler as Handler;
  return (await handler(new Request(`vitrine://app/api/${path}`, { ...init, headers }))).json();
}

await import(pathToFileURL(main).href);
while (told.addresses.length === 0 && told.exited === undefined) await setTimeout(50);
const page = await (told.handler as Handler)(new Request('vitrine://app/'));
const answers = {
  errors: told.errors,
  page: { status: page.status, text: await page.text() },
  status: await ask('system/status'),
  samples: await ask('samples/list'),
  added: await ask('samples/add', {}),
  checkpoints: await ask('checkpoints/list'),
  engine: await ask('engine/selftest', {}),
  forked: told.forked,
};
process.stdout.write(`${JSON.stringify(answers)}\n`);
electron.app.emit('will-quit', { preventDefault: () => {} });
while (told.exited === undefined) await setTimeout(50);
process.exit(0);
