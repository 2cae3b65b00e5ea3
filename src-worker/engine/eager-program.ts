import * as tf from '@tensorflow/tfjs-core';
import { roundToBfloat16 } from '../../src-shared/bfloat16.ts';
import { checkChunk, checkFeeds, checkNewState, checkStateValues, methodOf, stateOf } from './checks.ts';
import type { PlanChunk } from './pipeline.ts';
import type { Program, ProgramSpec, TensorData, TensorValue } from './program.ts';

/** Runs a program's methods op by op on whatever backend tfjs has: WASM, or TensorFlow in the property tests. */
export class EagerProgram implements Program {
  readonly mode = 'eager';
  readonly spec: ProgramSpec;
  /** Owned here, kept over tidy, disposed when replaced. */
  readonly #state = new Map<string, tf.Tensor>();
  readonly #plans = new Map<string, { chunk: PlanChunk; position: number }>();

  constructor(spec: ProgramSpec) {
    this.spec = spec;
    for (const [name, { shape, dtype }] of Object.entries(spec.state)) {
      this.#state.set(name, tf.keep(tf.zeros([...shape], dtype === 'int32' ? 'int32' : 'float32')));
    }
  }

  async writeState(values: ReadonlyMap<string, TensorData>): Promise<void> {
    for (const [name, data] of values) checkStateValues(this.spec, name, data);
    for (const [name, data] of values) this.#store(name, data);
  }

  async takeState(values: Map<string, TensorData>): Promise<void> {
    for (const [name, data] of values) checkStateValues(this.spec, name, data);
    for (const [name, data] of values) {
      this.#store(name, data, true);
      values.delete(name);
    }
  }

  async readState(names: readonly string[] = Object.keys(this.spec.state)): Promise<Map<string, TensorData>> {
    const values = new Map<string, TensorData>();
    for (const name of names) {
      stateOf(this.spec, name);
      values.set(name, await copyOf(this.#state.get(name)!));
    }
    return values;
  }

  async call(method: string, feeds: Readonly<Record<string, TensorData>> = {}): Promise<Record<string, TensorValue>> {
    checkFeeds(this.spec, method, feeds);
    const spec = methodOf(this.spec, method);
    const pipeline = spec.pipeline === undefined ? undefined : this.spec.pipelines![spec.pipeline]!;
    const loaded = pipeline ? await this.#nextBatch(spec.pipeline!) : {};
    const specs = { ...spec.feeds, ...pipeline?.outputs };
    const result = tf.tidy(() => {
      const tensors = Object.fromEntries(
        Object.entries(specs).map(([name, { shape, dtype }]) => [
          name,
          tf.tensor((feeds[name] ?? loaded[name])!, [...shape], dtype),
        ]),
      );
      const { outputs = {}, state = {} } = spec.run(Object.fromEntries(this.#state), tensors);
      for (const [name, tensor] of Object.entries(state)) checkNewState(this.spec, name, tensor);
      return { outputs, state };
    });
    const outputs: Record<string, TensorValue> = {};
    for (const [name, tensor] of Object.entries(result.outputs)) {
      outputs[name] = { shape: tensor.shape, data: await copyOf(tensor) };
    }
    const next = new Map<string, TensorData>();
    for (const [name, tensor] of Object.entries(result.state)) next.set(name, await copyOf(tensor));
    // A method may give back a state as it is: that one lives on, or goes when it is replaced.
    const states = new Set(this.#state.values());
    for (const tensor of [...Object.values(result.outputs), ...Object.values(result.state)]) {
      if (!states.has(tensor)) tensor.dispose();
    }
    for (const [name, data] of next) this.#store(name, data, true);
    return outputs;
  }

  async startPipeline(name: string, chunk: PlanChunk): Promise<void> {
    checkChunk(this.spec, name, chunk);
    this.#plans.set(name, { chunk, position: 0 });
  }

  dispose(): void {
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
  }

  async #nextBatch(name: string): Promise<Record<string, TensorData>> {
    const plan = this.#plans.get(name);
    const pipeline = this.spec.pipelines![name]!;
    if (!plan || plan.position + pipeline.batch > plan.chunk.paths.length) throw new Error('End of sequence');
    const batch = await pipeline.load(plan.chunk, plan.position);
    plan.position += pipeline.batch;
    return batch;
  }

  /** @param own whether the array is the state's from now on, not the caller's */
  #store(name: string, data: TensorData, own = false): void {
    const { shape, dtype } = this.spec.state[name]!;
    const values = dtype === 'bfloat16' ? roundToBfloat16(data as Float32Array) : own ? data : data.slice();
    this.#state.get(name)?.dispose();
    this.#state.set(name, tf.keep(tf.tensor(values, [...shape], dtype === 'int32' ? 'int32' : 'float32')));
  }
}

/** A tensor's values; what tfjs gives may be the array that the tensor was made from. */
async function copyOf(tensor: tf.Tensor): Promise<TensorData> {
  return (await tensor.data<'float32' | 'int32' | 'bool'>()).slice();
}
