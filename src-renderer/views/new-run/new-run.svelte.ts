import { FIELDS } from '../../../src-shared/config/fields.ts';
import type { RunConfig } from '../../../src-shared/config/run-config.ts';
import type { Checkpoint } from '../../../src-shared/contract/checkpoints.ts';
import type { Dataset } from '../../../src-shared/contract/datasets.ts';
import type { AppError } from '../../../src-shared/errors.ts';
import type { Architecture } from '../../../src-shared/models/architecture.ts';
import type { Api } from '../../api.ts';
import { asShown, Loader } from '../../ui/loader.svelte.ts';
import type { Choices } from './address.ts';
import { configOf } from './config-of.ts';
import { suitableGoal } from './defaults.ts';
import type { SuitableGoal } from './defaults.ts';
import { pathOf, problemsIn, textOf } from './flags.ts';
import { checkpointItems, datasetItems, isTyped, lastPart, SAMPLE } from './items.ts';
import { Choosable } from './library.svelte.ts';
import type { SmallerModel } from './remedies.ts';
import { strings } from './strings.ts';

type Resolved = Awaited<ReturnType<Api['configs']['resolve']>>;
type Inspected = Awaited<ReturnType<Api['checkpoints']['inspect']>>;
type Input = Parameters<Api['runs']['start']>[0];

const PRESET_FLAG = '--config=';

/** The form that begins a run: what is chosen and typed, and all that follows from it. */
export class NewRun {
  choices = $state.raw<Choices>()!;
  readonly library: Choosable;
  readonly resolved = new Loader<Resolved>();
  readonly inspected = new Loader<Inspected>();
  /** Why the goal is what it is, where the data decided. */
  goal = $state.raw<SuitableGoal | null>(null);
  /** What could not be begun or read. */
  error = $state.raw<AppError | null>(null);
  /** Whose saved state it begins with. */
  parent = $state.raw<{ name: string; savedStep: number | null } | null>(null);
  clonedFrom = $state.raw<string | null>(null);
  busy = $state(false);
  readonly #api: Api;

  constructor(api: Api, choices: Choices) {
    this.#api = api;
    this.choices = choices;
    this.library = new Choosable(api);
  }

  // What is chosen.

  readonly checkpoint = $derived.by((): Checkpoint | null => this.#inLibrary(this.choices.checkpoint));
  readonly dataset = $derived.by(
    (): Dataset | null => this.library.datasets.find(({ id }) => id === this.choices.dataset) ?? null,
  );
  readonly checkpointItems = $derived.by(() => checkpointItems(this.library, this.choices.checkpoint));
  readonly datasetItems = $derived.by(() => datasetItems(this.library, this.choices.dataset));
  readonly architecture = $derived.by((): Architecture | null => {
    const { checkpoint } = this;
    if (checkpoint) return checkpoint.architecture;
    const read = this.inspected.value;
    return read && read.path === this.choices.checkpoint ? read.architecture : null;
  });
  /** Folder or name, as a run takes it. */
  readonly datasetPlace = $derived.by(
    () => this.dataset?.root ?? (isTyped(this.choices.dataset) ? this.choices.dataset : ''),
  );
  readonly classes = $derived.by(() => {
    const { dataset } = this;
    return dataset !== null && dataset.classes > 0 ? dataset.classes : null;
  });

  /** A sample is chosen that is not in the library yet. */
  readonly wantsSamples = $derived.by(() => this.choices.checkpoint === SAMPLE || this.choices.dataset === SAMPLE);
  readonly usesSamples = $derived.by(() => {
    const { samples } = this.library;
    return (
      samples !== null &&
      this.dataset !== null &&
      this.dataset.id === samples.dataset.added &&
      this.checkpoint?.id === samples.checkpoint.added
    );
  });

  // What is configured.

  /** A preset that is typed among the flags counts more than the card. */
  readonly preset = $derived.by(() => {
    const typed = this.choices.flags.findLast((flag) => flag.startsWith(PRESET_FLAG));
    return typed?.slice(PRESET_FLAG.length) ?? this.choices.preset ?? '';
  });
  readonly overrides = $derived.by(() => this.choices.flags.filter((flag) => !flag.startsWith(PRESET_FLAG)));
  readonly config = $derived.by((): RunConfig | null => {
    const { value } = this.resolved;
    return value === null ? null : configOf(value.config);
  });
  readonly #known = $derived.by(() => this.resolved.value?.config.map(({ path }) => path) ?? Object.keys(FIELDS));
  readonly problems = $derived.by(() => problemsIn(this.overrides, this.#known));
  /** What main says of the whole, at the field it names. */
  readonly refusal = $derived.by((): { path: string | null; text: string; hint: string | null } | null => {
    const { error } = this.resolved;
    if (error === null) return null;
    const field = error.details['field'];
    const path = typeof field === 'string' && Object.hasOwn(FIELDS, field) ? field : null;
    return { path, text: error.message, hint: error.hint ?? null };
  });

  problemAt(path: string): string | null {
    const own = this.problems.find((problem) => problem.path === path);
    if (own) return own.text;
    const { refusal } = this;
    return refusal?.path === path ? [refusal.text, refusal.hint].filter((text) => text !== null).join(' ') : null;
  }

  /** Why it can't be begun; null where it can. */
  readonly unready = $derived.by((): string | null => {
    const { checkpoint, dataset } = this.choices;
    if (this.wantsSamples) return strings.missing.samples;
    if (checkpoint === '' && (this.config?.model_or_filename ?? null) === null) return strings.missing.checkpoint;
    const chosen = this.checkpointItems.find(({ id }) => id === checkpoint);
    if (chosen?.problem) return chosen.problem;
    if (dataset === '' && textOf(this.overrides, 'dataset') === undefined) return strings.missing.dataset;
    const set = this.datasetItems.find(({ id }) => id === dataset);
    if (dataset !== '' && this.library.loaded && !set) return strings.data.gone(dataset);
    if (set?.problem) return set.problem;
    if (this.dataset?.state === 'reading') return strings.data.reading;
    if (this.problems.length > 0 || this.resolved.error) return strings.missing.fields;
    return this.resolved.value === null ? strings.missing.resolving : null;
  });

  readonly input = $derived.by((): Input => {
    const { name, checkpoint, skipBad, branch } = this.choices;
    const { datasetPlace, preset, overrides } = this;
    return {
      overrides: [...(datasetPlace === '' ? [] : [`--config.dataset=${datasetPlace}`]), ...overrides],
      ...(preset === '' ? {} : { preset }),
      ...(checkpoint === '' ? {} : { checkpoint }),
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      ...(skipBad ? { skipBad } : {}),
      ...(branch === '' ? {} : { branch: { run: branch } }),
    };
  });

  /** Other checkpoints that are here and can be trained. */
  readonly smaller = $derived.by((): SmallerModel[] => {
    const size = this.checkpoint?.parameters ?? this.inspected.value?.parameters ?? 0;
    return this.library.checkpoints.flatMap(({ path, architecture, parameters, problem, state }) =>
      architecture === null || problem !== null || state === 'missing' || parameters >= size
        ? []
        : [{ path, title: lastPart(path), architecture, parameters }],
    );
  });

  // What a person does.

  choose(changes: Partial<Choices>): void {
    this.choices = { ...this.choices, ...changes };
  }

  chooseCheckpoint(id: string): void {
    const { dataset } = this.choices;
    // The one sample is for the other, where nothing else was chosen.
    this.choose({ checkpoint: id, catalog: '', dataset: dataset === '' && id === SAMPLE ? SAMPLE : dataset });
    this.#suit();
  }

  chooseDataset(id: string): void {
    const { checkpoint } = this.choices;
    this.choose({ dataset: id, checkpoint: checkpoint === '' && id === SAMPLE ? SAMPLE : checkpoint });
    this.#suit();
  }

  /** A preset by hand: what came with the one that the data chose goes. */
  choosePreset(preset: string): void {
    const auto = this.goal?.flags ?? [];
    const flags = this.overrides.filter((flag) => !auto.includes(flag));
    this.goal = null;
    this.choose({ preset, flags });
  }

  /** A sample that is chosen is taken into the library, and is then chosen as what it is there. */
  async takeSamples(): Promise<void> {
    let added: { checkpoint: string | null; dataset: string } | null = null;
    try {
      added = await this.library.addSamples();
    } catch (error) {
      this.error = asShown(error);
    }
    // Something else may have been chosen meanwhile.
    const { checkpoint, dataset } = this.choices;
    this.choose({
      checkpoint: checkpoint === SAMPLE ? (added?.checkpoint ?? '') : checkpoint,
      dataset: dataset === SAMPLE ? (added?.dataset ?? '') : dataset,
    });
    this.#suit();
  }

  /** What was typed as flags, once it is done: the data set and the preset among them are chosen. */
  settleFlags(): void {
    const { flags } = this.choices;
    const typed = textOf(this.overrides, 'dataset');
    const preset = flags.some((flag) => flag.startsWith(PRESET_FLAG)) ? this.preset : null;
    if (typed === undefined && preset === null) return;
    const known = this.library.datasets.find(({ root }) => root === typed);
    this.choose({
      flags: this.overrides.filter((flag) => typed === undefined || !isTyped(typed) || pathOf(flag) !== 'dataset'),
      ...(preset === null ? {} : { preset }),
      ...(typed !== undefined && isTyped(typed) ? { dataset: known?.id ?? typed } : {}),
    });
  }

  /** The goal that suits the data, while nobody has chosen another. */
  suitOnce(): void {
    if (this.choices.preset === null && this.library.loaded && this.dataset?.state !== 'reading') this.#suit();
  }

  #suit(): void {
    if (this.choices.preset !== null && this.goal === null) return; // somebody has chosen
    if (this.dataset === null) return;
    const before = this.goal?.flags ?? [];
    const goal = suitableGoal(this.dataset, { samples: this.usesSamples });
    const kept = this.choices.flags.filter((flag) => !before.includes(flag));
    const set = kept.map(pathOf);
    const own = goal.flags.filter((flag) => !set.includes(pathOf(flag)));
    this.goal = { ...goal, flags: own };
    this.choose({ preset: goal.preset, flags: [...own, ...kept] });
  }

  #inLibrary(path: string): Checkpoint | null {
    return this.library.checkpoints.find((checkpoint) => checkpoint.path === path) ?? null;
  }

  // What is asked of main.

  /** The configuration by those flags that are no problem by themselves. */
  resolve(): Promise<void> {
    const wrong = this.problems.map(({ flag }) => flag);
    const { preset } = this;
    const overrides = this.overrides.filter((flag) => !wrong.includes(flag));
    const hasCheckpoint = this.choices.checkpoint !== '';
    return this.resolved.load((signal) =>
      this.#api.configs.resolve({ overrides, hasCheckpoint, ...(preset === '' ? {} : { preset }) }, { signal }),
    );
  }

  /** Reads a file that the library doesn't have. */
  async inspect(): Promise<void> {
    const path = this.choices.checkpoint;
    if (path === '' || path === SAMPLE || !this.library.loaded || this.#inLibrary(path)) return this.inspected.stop();
    if (this.inspected.value?.path === path) return;
    await this.inspected.load((signal) => this.#api.checkpoints.inspect({ path }, { signal }));
  }

  /** Fills the form with what another run was asked for with. */
  async clone(id: string): Promise<void> {
    try {
      const [asked, run] = await Promise.all([this.#api.runs.clone({ id }), this.#api.runs.get({ id })]);
      const dataset = textOf(asked.overrides ?? [], 'dataset') ?? run.dataset;
      this.clonedFrom = run.name;
      this.choose({
        checkpoint: asked.checkpoint ?? '',
        dataset,
        preset: asked.preset ?? '',
        flags: (asked.overrides ?? []).filter((flag) => pathOf(flag) !== 'dataset'),
        skipBad: asked.skipBad ?? false,
      });
      this.matchDataset();
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** A folder that is a data set of the library is that. */
  matchDataset(): void {
    const known = this.library.datasets.find(({ root }) => root === this.choices.dataset);
    if (known) this.choose({ dataset: known.id });
  }

  async readParent(): Promise<void> {
    const { branch } = this.choices;
    this.parent = null;
    if (branch === '') return;
    try {
      const { name, savedStep } = await this.#api.runs.get({ id: branch });
      this.parent = { name, savedStep };
    } catch (error) {
      this.error = asShown(error);
    }
  }

  /** @returns the new run's id; null where it was refused, which is shown */
  async start(): Promise<string | null> {
    this.busy = true;
    try {
      const { id } = await this.#api.runs.start(this.input);
      return id;
    } catch (error) {
      this.error = asShown(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
