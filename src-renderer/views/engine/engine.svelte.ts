import type { CompiledPrograms, EngineSelftest, EngineStatus, Finding } from '../../../src-shared/contract/engine.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Api } from '../../api.ts';
import type { Live } from '../../live/live.svelte.ts';
import { asShown, Loader } from '../../ui/loader.svelte.ts';

/** The engine of this machine: which, why, and whether it does what it should. */
export class EngineView {
  readonly status = new Loader<EngineStatus>();
  readonly compiled = new Loader<CompiledPrograms>();
  readonly selftest = new Loader<EngineSelftest>();
  findings = $state.raw<readonly Finding[]>([]);
  examining = $state(false);
  doctorError = $state.raw<AppError | null>(null);
  readonly #api: Pick<Api, 'engine'>;
  #examination: AbortController | null = null;

  constructor(api: Pick<Api, 'engine'>) {
    this.#api = api;
  }

  /** Computed on WebAssembly, with nothing installed that could do better. */
  get bare(): boolean {
    const { value } = this.status;
    return value !== null && value.installed.length === 0 && value.engine?.kind !== 'tensorflow';
  }

  load(): void {
    void this.status.load((signal) => this.#api.engine.status(undefined, { signal }));
    void this.compiled.load((signal) => this.#api.engine.compiled(undefined, { signal }));
    void this.examine({ thorough: false });
  }

  /** Returns what ends it: the return value of an effect. */
  watch(live: Live): () => void {
    const stop = live.on('engine', () => this.load());
    return () => {
      stop();
      this.#examination?.abort();
      this.status.stop();
      this.compiled.stop();
      this.selftest.stop();
    };
  }

  /** Findings come one by one; those of the examination before stay until then. */
  async examine({ thorough }: { thorough: boolean }): Promise<void> {
    this.#examination?.abort();
    const abort = new AbortController();
    this.#examination = abort;
    this.examining = true;
    this.doctorError = null;
    const found: Finding[] = [];
    try {
      const findings = await this.#api.engine.doctor({ selftest: thorough }, { signal: abort.signal });
      for await (const finding of findings) {
        found.push(finding);
        if (abort.signal.aborted) return;
        const older = this.findings.filter(({ name }) => !found.some((newer) => newer.name === name));
        this.findings = [...found, ...older];
      }
      this.findings = found;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.doctorError = asShown(error);
    }
    this.examining = false;
  }

  test(): Promise<void> {
    return this.selftest.load((signal) => this.#api.engine.selftest(undefined, { signal }));
  }

  /** @returns bytes that were freed */
  async clearCompiled(): Promise<number> {
    const { bytes } = await this.#api.engine.clearCompiled();
    await this.compiled.load((signal) => this.#api.engine.compiled(undefined, { signal }));
    return bytes;
  }
}
