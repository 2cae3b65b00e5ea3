import { AppError } from '../../src-shared/errors.ts';

/** Something that computes. */
export interface Device {
  /** "cpu", "gpu:0" */
  id: string;
  /** Bytes that are free now; null where that isn't known. */
  freeMemory(): Promise<number | null>;
}

/** A device that somebody has, until it is released (a second time does nothing). */
export interface DeviceLease {
  readonly device: string;
  release(): void;
}

export interface InferRequest {
  /** What it is, for those who wait behind it. */
  label: string;
  /** Bytes it will need; null where nobody knows. */
  memory: number | null;
  signal?: AbortSignal;
  /** Told once while it has to wait: why, as a sentence. */
  onWait?: (reason: string) => void;
}

/**
 * Who may compute where. One training a device; prediction and evaluation run beside it when memory allows, and wait
 * otherwise. They never keep a training from starting: its memory was estimated before.
 */
export interface DeviceBroker {
  readonly devices: readonly string[];
  /** A device without a training, the preferred one if it is free; null where each has one. */
  tryTrain(label: string, preferred?: string | null): DeviceLease | null;
  /** Notes a training that is there already, of a main before this one. */
  trainsAlready(label: string, device: string | null): DeviceLease;
  /** What trains where. */
  training(): { device: string; label: string }[];
  /** A place to predict or evaluate, at once or when there is memory. @throws AppError interrupted */
  infer(request: InferRequest): Promise<DeviceLease>;
  /** What is free on each device now; null where that isn't known. */
  memory(): Promise<{ id: string; freeBytes: number | null }[]>;
  /** Calls back whenever something was released. */
  onRelease(callback: () => void): () => void;
}

/** Milliseconds after which those who wait for memory look again. */
const LOOK_AGAIN_MS = 500;

/** @param reserve bytes that stay free beside a prediction */
export function createDeviceBroker(devices: readonly Device[], reserve = 256 << 20): DeviceBroker {
  const leases = new Map<DeviceLease, string>();
  const trainings = (device: string): string[] =>
    [...leases].filter(([lease]) => lease.device === device).map(([, label]) => label);
  const watchers = new Set<() => void>();

  const released = (): void => [...watchers].forEach((callback) => callback());
  const lease = (device: string, label: string): DeviceLease => {
    const made: DeviceLease = {
      device,
      release: () => {
        if (leases.delete(made)) released();
      },
    };
    leases.set(made, label);
    return made;
  };
  /** Alone, anything may try; beside a training only what fits. */
  const fits = async (device: Device, memory: number | null): Promise<boolean> => {
    if (trainings(device.id).length === 0) return true;
    const free = await device.freeMemory();
    return free !== null && memory !== null && memory + reserve <= free;
  };

  return {
    devices: devices.map(({ id }) => id),
    tryTrain(label, preferred) {
      const free = devices.filter(({ id }) => trainings(id).length === 0);
      const device = free.find(({ id }) => id === preferred) ?? free[0];
      return device ? lease(device.id, label) : null;
    },
    trainsAlready: (label, device) => lease(device ?? devices[0]!.id, label),
    training: () => [...leases].map(([{ device }, label]) => ({ device, label })),
    async infer({ memory, signal, onWait }) {
      let told = false;
      for (;;) {
        if (signal?.aborted) throw new AppError('interrupted', 'Stopped while it waited for memory.');
        for (const device of devices) {
          // A prediction holds nothing that others must wait for; it is measured by the memory it takes.
          if (await fits(device, memory)) return { device: device.id, release: released };
        }
        if (!told) onWait?.(waiting(memory, this.training()));
        told = true;
        await pause(LOOK_AGAIN_MS, watchers, signal);
      }
    },
    memory: () => Promise.all(devices.map(async (device) => ({ id: device.id, freeBytes: await device.freeMemory() }))),
    onRelease(callback) {
      watchers.add(callback);
      return () => void watchers.delete(callback);
    },
  };
}

function waiting(memory: number | null, training: { device: string; label: string }[]): string {
  const need =
    memory === null ? 'how much memory it needs is unknown' : `it needs ${(memory / 2 ** 20).toFixed(0)} MiB`;
  const who = training.map(({ label, device }) => `${label} trains on ${device}`).join(', ');
  return `Waiting for memory: ${need}, and ${who}.`;
}

/** Until something was released, some time has passed, or the signal comes. */
function pause(milliseconds: number, watchers: Set<() => void>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      watchers.delete(done);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    watchers.add(done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
