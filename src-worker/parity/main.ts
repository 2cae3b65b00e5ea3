// The parity harness: every case of a folder of golden data, run through the product and held against what the
// reference implementations gave. Started by bench/parity.ts, which chooses the engine.
import { parseArgs } from 'node:util';
import { AppError, ERROR_CODES } from '../../src-shared/errors.ts';
import { loadEngine } from '../engine/runtime.ts';
import { findCases } from './cases.ts';
import { formatCase, jsonCase } from './format.ts';
import type { Status } from './outcome.ts';
import { runCase } from './run-case.ts';

interface Options {
  folder: string;
  only: string[];
  json: boolean;
}

/** @returns the exit code */
async function main(argv: string[]): Promise<number> {
  const { folder, only, json } = readOptions(argv);
  const places = await findCases(folder);
  const chosen = places.filter(({ id }) => only.length === 0 || only.some((prefix) => id.startsWith(prefix)));
  if (chosen.length === 0) {
    throw new AppError('usage', `No case of ${folder} begins with ${only.join(' or ')}.`, {
      hint: `The first is ${places[0]!.id}.`,
    });
  }
  const engine = await loadEngine();
  console.error(`${engine.kind} ${engine.version}: ${engine.reason}`);
  const counts: Record<Status, number> = { passed: 0, failed: 0, 'not supported yet': 0 };
  for (const place of chosen) {
    const result = await runCase(engine, place, places);
    counts[result.status]++;
    console.log(json ? JSON.stringify(jsonCase(result)) : formatCase(result));
  }
  const { passed, failed } = counts;
  const notSupportedYet = counts['not supported yet'];
  if (json)
    console.log(
      JSON.stringify({ passed, failed, notSupportedYet, engine: { kind: engine.kind, version: engine.version } }),
    );
  else console.log(`${passed} passed, ${failed} failed, ${notSupportedYet} not supported yet`);
  return failed === 0 ? 0 : 1;
}

function readOptions(args: string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { only: { type: 'string', multiple: true, default: [] }, json: { type: 'boolean', default: false } },
    });
    const [folder, ...more] = positionals;
    if (folder === undefined || more.length > 0) throw new Error('one folder is expected');
    const only = values.only.flatMap((list) => list.split(',')).filter((prefix) => prefix !== '');
    return { folder, only, json: values.json };
  } catch (cause) {
    throw new AppError('usage', (cause as Error).message, { hint: 'parity FOLDER [--only PREFIX,…] [--json]', cause });
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  process.exitCode = ERROR_CODES[error.code].exitCode;
}
