import type { EngineStatus } from '../../../src-shared/contract/engine.ts';

/** `vitrine engine status` for a person. */
export function printStatus(status: EngineStatus, print: (text: string) => void): void {
  const { engine, error } = status;
  if (engine) {
    print(`Engine    ${engine.kind === 'tensorflow' ? 'TensorFlow' : 'WASM'} ${engine.version}`);
    print(`Why       ${engine.reason}`);
    for (const { type, name, memoryBytes } of engine.devices) {
      print(`Device    ${type}: ${name}${memoryBytes ? `, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB` : ''}`);
    }
    print(`Threads   ${engine.threads.intra} inside an op, ${engine.threads.inter} ops side by side`);
    print(`Loads in  ${engine.loadMilliseconds} ms`);
    if (engine.dir) print(`Folder    ${engine.dir}`);
  } else {
    print('Engine    none');
  }
  if (error) print(`Error     ${error.message}`);
  if (status.notTaken.length > 0) print('\nNot used:');
  for (const { engine: name, why, todo } of status.notTaken) print(`  ${name}: ${why}\n    What to do: ${todo}`);
}
