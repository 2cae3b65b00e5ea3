import * as tf from '@tensorflow/tfjs-core';
import { roundToBfloat16 } from '../../src-shared/bfloat16.ts';
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
    for (const [name, data] of values) this.#store(name, data);
  }

  async readState(names: readonly string[] = Object.keys(this.spec.state)): Promise<Map<string, TensorData>> {
    const values = new Map<string, TensorData>();
    for (const name of names) values.set(name, (await this.#state.get(name)!.data()) as TensorData);
    return values;
  }

  async call(method: string, feeds: Readonly<Record<string, TensorData>> = {}): Promise<Record<string, TensorValue>> {
    const spec = this.spec.methods[method]!;
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
      return { outputs, state };
    });
    const outputs: Record<string, TensorValue> = {};
    for (const [name, tensor] of Object.entries(result.outputs)) {
      outputs[name] = { shape: tensor.shape, data: (await tensor.data()) as TensorData };
    }
    for (const [name, tensor] of Object.entries(result.state)) this.#store(name, (await tensor.data()) as TensorData);
    tf.dispose([result.outputs, result.state]);
    return outputs;
  }

  async startPipeline(name: string, chunk: PlanChunk): Promise<void> {
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

  #store(name: string, data: TensorData): void {
    const { shape, dtype } = this.spec.state[name]!;
    const values = dtype === 'bfloat16' ? roundToBfloat16(data as Float32Array) : data.slice();
    this.#state.get(name)?.dispose();
    this.#state.set(name, tf.keep(tf.tensor(values, [...shape], dtype === 'int32' ? 'int32' : 'float32')));
  }
}
