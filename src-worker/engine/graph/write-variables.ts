import type { Params } from '../../../src-shared/models/params.ts';
import type { NodeBackend } from '../node-backend.ts';
import { GraphBuilder } from './graph-builder.ts';
import { loadGraph } from './load-graph.ts';
import { DT, encodeSavedModel } from './proto.ts';
import { floatTypes, stringConstant } from './saver.ts';

/** Tensors are given to TensorFlow in runs of at most this many bytes, each a file, so that they aren't held twice. */
const RUN_BYTES = 256 * 2 ** 20;

export interface VariablesToWrite {
  /** By the names that they get in the files. */
  params: Params;
  runBytes?: number;
}

/**
 * Writes tensors as a SavedModel's variables with TensorFlow's own ops: `prefix.index` and `prefix.data-…`. The folder
 * of `prefix` must exist.
 * @throws what TensorFlow throws: a full disk, a folder that can't be written
 */
export function writeVariables(
  backend: NodeBackend,
  prefix: string,
  { params, runBytes = RUN_BYTES }: VariablesToWrite,
): void {
  const builder = new GraphBuilder();
  const runs = runsOf(params, runBytes).map((names, i) => {
    const part = `${prefix}_parts/part-${i}`;
    return { part, ...saveNodes(builder, part, { names, params }) };
  });
  const parts = runs.map(({ part }) => part);
  const merge = builder.node('MergeV2Checkpoints', {
    inputs: [stringConstant(builder, 'parts', parts), stringConstant(builder, 'prefix', prefix)],
    attrs: { delete_old_dirs: { b: true }, allow_missing_files: { b: false } },
  });
  const merged = doneNode(builder, merge);

  const { binding } = backend;
  const session = loadGraph(backend, encodeSavedModel(builder.graphDef()));
  const run = (feeds: ReadonlyMap<string, string>, done: string): void => {
    const ids: number[] = [];
    try {
      for (const name of feeds.values()) {
        const { shape, data } = params.get(name)!;
        ids.push(binding.createTensor([...shape], DT.float32, data));
      }
      for (const { id } of binding.runSavedModel(session, ids, [...feeds.keys()].join(), done))
        binding.deleteTensor(id);
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  };
  try {
    for (const { feeds, done } of runs) run(feeds, done);
    run(new Map(), merged);
  } finally {
    binding.deleteSavedModel(session);
  }
}

/** Names in groups of limited size. */
function runsOf(params: Params, runBytes: number): string[][] {
  const runs: string[][] = [];
  let bytes = Infinity;
  for (const [name, { data }] of params) {
    if (bytes + data.byteLength > runBytes) {
      runs.push([]);
      bytes = 0;
    }
    runs.at(-1)!.push(name);
    bytes += data.byteLength;
  }
  return runs;
}

/** Saves what is fed: placeholders (`name:0`) to the tensors' names, and a value that is there when it is done. */
function saveNodes(
  builder: GraphBuilder,
  part: string,
  { names, params }: { names: readonly string[]; params: Params },
): { feeds: Map<string, string>; done: string } {
  const placeholders = names.map((name) => builder.placeholder('value', 'float32', params.get(name)!.shape));
  const save = builder.node('SaveV2', {
    inputs: [
      stringConstant(builder, 'part', part),
      stringConstant(builder, 'names', names),
      stringConstant(builder, 'slices', names.map(() => '')), // prettier-ignore
      ...placeholders,
    ],
    attrs: floatTypes(names.length),
  });
  return { feeds: new Map(placeholders.map((node, i) => [`${node}:0`, names[i]!])), done: doneNode(builder, save) };
}

function doneNode(builder: GraphBuilder, after: string): string {
  return `${builder.constant(Uint8Array.of(1), [], { name: 'done', control: [after] })}:0`;
}
