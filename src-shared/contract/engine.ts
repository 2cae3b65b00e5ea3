export type EngineKind = 'tensorflow' | 'wasm';

export interface EngineDevice {
  name: string;
  type: 'CPU' | 'GPU';
  memoryBytes?: number;
}

export interface EngineThreads {
  /** Threads inside one op. */
  intra: number;
  /** Ops that run side by side. */
  inter: number;
}

/** What a process computes on. */
export interface EngineInfo {
  kind: EngineKind;
  /** TensorFlow's version, or that of tfjs's WASM backend. */
  version: string;
  devices: EngineDevice[];
  threads: EngineThreads;
  /** Why this engine and not the other, as one sentence without a full stop. */
  reason: string;
}

/** One line of JSON on the standard output of the engine's self-test. */
export type EngineSelftest =
  | {
      ok: boolean;
      engine: EngineInfo;
      loadMilliseconds: number;
      /** What was computed, its largest absolute difference from the known numbers, and what is allowed. */
      checks: { name: string; largestDifference: number; tolerance: number; pass: boolean }[];
    }
  | { ok: false; error: { code: string; message: string; hint?: string } };
