// `npm run parity [-- FOLDER] [--only PREFIX,…] [--json]`: chooses the engine and runs the parity harness on it.
// Without FOLDER, the copy of the golden data in this repository. VITRINE_ENGINE=wasm runs it without TensorFlow.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { resolveEngine } from '../src-main/services/engine/engines.ts';
import { workerEnvironment } from '../src-main/services/engine/environment.ts';
import { AppError, ERROR_CODES } from '../src-shared/errors.ts';

const root = join(import.meta.dirname, '..');

async function main(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log('npm run parity [-- FOLDER] [--only PREFIX,…] [--json]');
    return 0;
  }
  const env = workerEnvironment(await resolveEngine());
  const args = hasFolder(argv) ? argv : [join(root, 'bench/goldens'), ...argv];
  const child = spawn(process.execPath, [join(root, 'src-worker/parity/main.ts'), ...args], { env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** An argument that is neither an option nor the value of --only. */
function hasFolder(argv: string[]): boolean {
  return argv.some((arg, i) => !arg.startsWith('-') && argv[i - 1] !== '--only');
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  process.exitCode = ERROR_CODES[error.code].exitCode;
}
