import { sizeOfShape } from '../../src-shared/models/params.ts';
import type { Pipeline, PlanChunk } from './pipeline.ts';
import type { MethodSpec, ProgramSpec, StateSpec, TensorData, TensorSpec } from './program.ts';

// A program used wrongly is refused in the same words whether it is recorded or runs op by op.

export function methodOf(spec: ProgramSpec, name: string): MethodSpec {
  const method = spec.methods[name];
  if (!method) throw new Error(`program ${spec.name} has no method "${name}"`);
  return method;
}

export function stateOf(spec: ProgramSpec, name: string): StateSpec {
  const state = spec.state[name];
  if (!state) throw new Error(`program ${spec.name} has no state "${name}"`);
  return state;
}

/** Values as they are given for a state: its number of elements, float32 for bfloat16. */
export function checkStateValues(spec: ProgramSpec, name: string, data: TensorData): void {
  const { shape, dtype } = stateOf(spec, name);
  checkData(`program ${spec.name}: state "${name}"`, { shape, dtype: dtype === 'int32' ? 'int32' : 'float32' }, data);
}

/** The feeds of one call: all of them, no others, each of its size and type. */
export function checkFeeds(spec: ProgramSpec, name: string, feeds: Readonly<Record<string, TensorData>>): void {
  const wanted = methodOf(spec, name).feeds ?? {};
  for (const [feed, tensor] of Object.entries(wanted)) {
    const data = feeds[feed];
    if (!data) throw new Error(`${spec.name}.${name}: feed "${feed}" is missing`);
    checkData(`${spec.name}.${name}: feed "${feed}"`, tensor, data);
  }
  const unknown = Object.keys(feeds).find((feed) => !(feed in wanted));
  if (unknown !== undefined) throw new Error(`${spec.name}.${name} has no feed "${unknown}"`);
}

/** What a method gives for a state must be of that state's shape and type. */
export function checkNewState(
  spec: ProgramSpec,
  name: string,
  value: { shape: readonly number[]; dtype: string },
): void {
  const target = spec.state[name];
  if (!target) throw new Error(`it gives a state "${name}" that the program doesn't have`);
  const dtype = target.dtype === 'int32' ? 'int32' : 'float32';
  if (value.shape.join() === target.shape.join() && value.dtype === dtype) return;
  const [is, was] = [`${value.dtype} [${value.shape.join()}]`, `${target.dtype} [${target.shape.join()}]`];
  throw new Error(`state "${name}" is ${was}, its new value ${is}`);
}

/** A chunk's columns are of one length, which is a multiple of the batch: an incomplete batch would be lost unnoticed. */
export function checkChunk(spec: ProgramSpec, name: string, chunk: PlanChunk): Pipeline {
  const pipeline = spec.pipelines?.[name];
  if (!pipeline) throw new Error(`program ${spec.name} has no pipeline "${name}"`);
  const n = chunk.paths.length;
  const columns = { labels: chunk.labels.length, seeds: chunk.seeds.length / 2, weights: chunk.weights.length };
  for (const [column, length] of Object.entries(columns)) {
    if (length !== n) throw new Error(`pipeline ${name}: ${n} paths, but ${length} ${column}`);
  }
  if (chunk.contents !== undefined && chunk.contents.length !== n)
    throw new Error(`pipeline ${name}: ${n} paths, but ${chunk.contents.length} contents`);
  if (n % pipeline.batch !== 0) {
    throw new Error(`pipeline ${name}: ${n} images are no multiple of its batch of ${pipeline.batch}`);
  }
  return pipeline;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

function checkData(what: string, { shape, dtype }: TensorSpec, data: TensorData): void {
  if (!(data instanceof ARRAYS[dtype])) {
    throw new Error(`${what} is ${dtype}, but was given as ${Object.prototype.toString.call(data).slice(8, -1)}`);
  }
  if (data.length !== sizeOfShape(shape)) {
    throw new Error(`${what} is [${shape.join()}], but was given ${data.length} elements`);
  }
}
