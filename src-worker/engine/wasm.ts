import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from './gradients.ts';

/**
 * Makes WebAssembly (SIMD, one thread) tfjs's backend, for machines where TensorFlow can't be had. Returns the
 * version of tfjs's WASM backend. It has no Conv2DBackpropFilter.
 */
export async function loadWasm(): Promise<string> {
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(`${dirname(main)}${sep}`);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // its threads are web workers, made for browsers
  registerGradients();
  const forget = rememberListeners();
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs refused the WASM backend');
  forget();
  return wasm.version_wasm;
}

/** The compiled module's start-up code makes itself the process's crash handler; take those listeners away again. */
function rememberListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Map(events.map((event) => [event, process.listeners(event as never)]));
  return () => {
    for (const event of events) {
      for (const listener of process.listeners(event as never)) {
        if (!before.get(event)!.includes(listener)) process.removeListener(event, listener);
      }
    }
  };
}
