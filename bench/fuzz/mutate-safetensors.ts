import { mutateBytes, oneOf, type Mutate } from './mutate-bytes.ts';
import { mutateJsonText } from './mutate-json.ts';

interface Parts {
  header: string;
  data: Buffer;
}

function partsOf(bytes: Buffer): Parts {
  const length = Number(bytes.readBigUInt64LE(0));
  return { header: bytes.toString('utf8', 8, 8 + length), data: bytes.subarray(8 + length) };
}

function join({ header, data }: Parts): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** The length of the header, alone. */
const mutateLength: Mutate = (original, random) => {
  const bytes = Buffer.from(original);
  const right = bytes.readBigUInt64LE(0);
  const size = BigInt(bytes.length);
  const odd = [
    0n,
    1n,
    2n,
    right - 1n,
    right + 1n,
    size,
    size - 8n,
    size - 7n,
    1n << 24n,
    1n << 31n,
    1n << 53n,
    (1n << 64n) - 1n,
  ];
  bytes.writeBigUInt64LE(BigInt.asUintN(64, random.pick(odd)), 0);
  return bytes;
};

/** Another header, of the length that is given. */
const mutateHeader: Mutate = (original, random) => {
  const { header, data } = partsOf(original);
  return join({ header: mutateJsonText(header, random), data });
};

type Tensors = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** Types, shapes and offsets that no longer agree, or agree on too much. */
const mutateTensor: Mutate = (original, random) => {
  const { header, data } = partsOf(original);
  const { __metadata__, ...tensors } = JSON.parse(header) as Tensors;
  const names = Object.keys(tensors);
  const tensor = tensors[random.pick(names)]!;
  const other = tensors[random.pick(names)]!;
  const offsets = tensor.data_offsets;
  const side = random.below(2);
  switch (random.below(9)) {
    case 0:
      tensor.data_offsets = [...other.data_offsets];
      break;
    case 1:
      offsets[side]! += random.pick([-4, -1, 1, 4, 2 ** 31, 2 ** 53]);
      break;
    case 2:
      offsets.reverse();
      break;
    case 3:
      tensor.dtype = random.pick(['F64', 'F16', 'BF16', 'I32', 'BOOL', 'F8_E4M3', 'C64', 'X1', '', '__proto__']);
      break;
    case 4:
      tensor.shape[random.below(tensor.shape.length)] = random.pick([0, 1, 2 ** 31, 2 ** 53, -1, 0.5]);
      break;
    case 5:
      tensor.shape = Array<number>(random.pick([0, 31, 32, 33, 1000])).fill(random.pick([1, 2, 2 ** 32]));
      break;
    case 6: // half the bytes read as twice the numbers
      tensor.dtype = 'BF16';
      tensor.shape = [2, ...tensor.shape];
      break;
    case 7:
      tensors[`${random.pick(names)}.more`] = {
        dtype: 'F32',
        shape: [0],
        data_offsets: [offsets[side]!, offsets[side]!],
      };
      break;
    default:
      delete tensors[random.pick(names)];
  }
  return join({ header: JSON.stringify({ ...tensors, ...(__metadata__ ? { __metadata__ } : {}) }), data });
};

export const mutateSafetensors = oneOf(mutateBytes, mutateLength, mutateHeader, mutateTensor, mutateTensor);
