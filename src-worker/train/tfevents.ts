import { appendFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { maskedCrc } from '../../src-shared/crc32c.ts';

/** The part of tensorflow/core/util/event.proto and summary.proto that scalars need. */
const SCHEMA = `
syntax = "proto3";
message Value { string tag = 1; float simple_value = 2; }
message Summary { repeated Value value = 1; }
message SessionLog { int32 status = 1; }
message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
`;
const eventType = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('Event');
const SESSION_START = 1;

/**
 * Scalars for TensorBoard: an event file (TFRecord of Event messages). Every process of a run writes a new file whose
 * first event tells TensorBoard to forget what older files say from its first step on.
 */
export class EventFile {
  readonly #path: string;

  /** @param startStep updates already made. */
  constructor(folder: string, startStep: number) {
    const seconds = Math.floor(Date.now() / 1000);
    this.#path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${startStep}`);
    const version = record({ wall_time: Date.now() / 1000, file_version: 'brain.Event:2' });
    // TensorBoard drops steps from this one on, and a process killed before its first checkpoint wrote some too.
    const start = record({ wall_time: Date.now() / 1000, step: startStep + 1, session_log: { status: SESSION_START } });
    writeFileSync(this.#path, Buffer.concat([version, start]));
  }

  scalars(step: number, values: Readonly<Record<string, number>>): void {
    const value = Object.entries(values).map(([tag, simple_value]) => ({ tag, simple_value }));
    this.#append({ step, summary: { value } });
  }

  #append(event: object): void {
    appendFileSync(this.#path, record({ wall_time: Date.now() / 1000, ...event }));
  }
}

/** A TFRecord: length, masked CRC of the length, data, masked CRC of the data. */
function record(event: object): Uint8Array {
  const data = eventType.encode(event).finish();
  const bytes = Buffer.alloc(16 + data.length);
  bytes.writeBigUInt64LE(BigInt(data.length), 0);
  bytes.writeUInt32LE(maskedCrc(bytes.subarray(0, 8)), 8);
  bytes.set(data, 12);
  bytes.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return bytes;
}
