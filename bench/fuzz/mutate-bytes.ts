import type { Random } from './random.ts';

/** A damaged copy of a file. */
export type Mutate = (original: Buffer, random: Random) => Buffer;

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];
/** Bytes at either end, where most formats keep sizes and offsets. */
const END = 900;

/** What disks, transfers and editors do to a file, and what a fuzzer does without knowing the format. */
export const mutateBytes: Mutate = (original, random) => {
  const bytes = Buffer.from(original);
  const anywhere = (): number => {
    const near = random.below(Math.min(bytes.length, END));
    return random.pick([random.below(bytes.length), near, bytes.length - 1 - near]);
  };
  const at = anywhere();
  switch (random.below(8)) {
    case 0: // bit flips
      for (let n = 1 + random.below(3); n > 0; n--) bytes[anywhere()]! ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[at] = random.pick(EXTREMES);
      return bytes;
    case 2: // a field of ones or zeros
      return bytes.fill(random.pick([0xff, 0]), at, Math.min(bytes.length, at + (1 << random.below(4))));
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return bytes.subarray(at);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(64))]);
    case 6: // a piece inserted from elsewhere
      return Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(anywhere()).subarray(0, 1 + random.below(128)),
        bytes.subarray(at),
      ]);
    default: // a piece copied over another
      bytes.copy(bytes, at, random.below(bytes.length), bytes.length);
      return bytes;
  }
};

/** One of several ways. */
export function oneOf(...ways: readonly Mutate[]): Mutate {
  return (original, random) => random.pick(ways)(original, random);
}
