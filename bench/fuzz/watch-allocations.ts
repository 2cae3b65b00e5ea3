// eslint-disable-next-line @typescript-eslint/no-explicit-any -- constructors of whatever arguments
type Constructor = new (...args: any[]) => object;
const CONSTRUCTORS = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
] as const;

let largest = 0;

/**
 * From now on, every array of bytes or numbers that this process makes by a number of elements is noted, before it is
 * made. Strings and objects are not: the heap's limit and the process's resident memory hold those.
 */
export function watchAllocations(): void {
  for (const name of CONSTRUCTORS) {
    const original = globalThis[name] as Constructor;
    const bytesEach = (original as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const watched = new Proxy(original, {
      construct(target, args: unknown[], newTarget) {
        if (typeof args[0] === 'number') largest = Math.max(largest, args[0] * bytesEach);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
    Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true });
  }
  for (const name of ['alloc', 'allocUnsafe'] as const) {
    const original = Buffer[name].bind(Buffer);
    Buffer[name] = (size: number, ...rest: never[]) => {
      largest = Math.max(largest, size);
      return original(size, ...rest);
    };
  }
}

/** Bytes of the largest since this was asked last. */
export function takeLargest(): number {
  const taken = largest;
  largest = 0;
  return taken;
}
