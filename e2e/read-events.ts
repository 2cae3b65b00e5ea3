// Reads TensorBoard's event files on its own terms: TFRecord framing with checksums, and the protocol buffers' wire
// format by field number (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto).
import protobuf from 'protobufjs';

export interface Events {
  fileVersion: string;
  /** Steps from which a session says that what older files hold no longer counts. */
  restarts: number[];
  scalars: { step: number; tag: string; value: number }[];
}

/** Throws on a wrong checksum or a cut-off record. */
export function readEvents(file: Buffer): Events {
  const events: Events = { fileVersion: '', restarts: [], scalars: [] };
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    check(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const data = file.subarray(at + 12, at + 12 + length);
    check(data, file.readUInt32LE(at + 12 + length));
    readEvent(data, events);
    at += 16 + length;
  }
  return events;
}

function readEvent(data: Buffer, events: Events): void {
  let step = 0;
  const values: { tag: string; value: number }[] = [];
  fields(data, {
    2: (reader) => void (step = Number(reader.int64())),
    3: (reader) => void (events.fileVersion = reader.string()),
    5: (reader) =>
      fields(reader.bytes(), {
        1: (summary) => {
          const value = { tag: '', value: 0 };
          fields(summary.bytes(), {
            1: (r) => void (value.tag = r.string()),
            2: (r) => void (value.value = r.float()),
          });
          values.push(value);
        },
      }),
    7: (reader) => fields(reader.bytes(), { 1: (log) => void (log.int32() === 1 && events.restarts.push(step)) }),
  });
  events.scalars.push(...values.map((value) => ({ step, ...value })));
}

function fields(data: Uint8Array, read: Readonly<Record<number, (reader: protobuf.Reader) => void>>): void {
  const reader = protobuf.Reader.create(data);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const field = read[tag >>> 3];
    if (field) field(reader);
    else reader.skipType(tag & 7);
  }
}

/** CRC-32C bit by bit, rotated and shifted as TFRecord has it. */
function check(bytes: Buffer, masked: number): void {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  crc = ~crc >>> 0;
  if ((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0 !== masked) throw new Error('a record has a wrong checksum');
}
