/** One field of a protobuf message. Varints beyond 2^53 lose their low bits: no field read here has such values. */
export type ProtobufField =
  | { number: number; wire: 'varint'; value: number }
  | { number: number; wire: 'fixed32' | 'fixed64' | 'bytes'; bytes: Uint8Array };

/**
 * The fields of a message, in order, without copying. For files of others: every length is checked.
 * @throws Error saying where the bytes stop making sense
 */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('it ends within a number');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`a number at byte ${at} has no end`);
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw new Error(`a field at byte ${at} is longer than what is left`);
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    if (number < 1) throw new Error(`there is no field ${number} (byte ${at})`);
    switch (key % 8) {
      case 0:
        yield { number, wire: 'varint', value: varint() };
        break;
      case 1:
        yield { number, wire: 'fixed64', bytes: take(8) };
        break;
      case 2:
        yield { number, wire: 'bytes', bytes: take(varint()) };
        break;
      case 5:
        yield { number, wire: 'fixed32', bytes: take(4) };
        break;
      default:
        throw new Error(`a field at byte ${at} has a type that protobuf doesn't have`);
    }
  }
}
