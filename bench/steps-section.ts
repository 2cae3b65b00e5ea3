import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CELLS } from './cells.ts';
import { ratio, type Figure, type Group } from './figures.ts';
import { takeTurns, type Entrant } from './measure.ts';
import type { SectionOptions, SectionResult } from './sections.ts';
import { node, python, startAll, type Starter } from './starters.ts';
import { caseArguments, SUBJECTS, type StepCase } from './subject.ts';

const OURS = 'Vitrine';
const EAGER = 'tfjs-node, op by op';
const CEILING = "XLA, the model's matrix products alone";
/** So that each first step has its compilation within. */
const NOTHING_KEPT = { VITRINE_COMPILED_DIR: '' };
/** Thread settings that the peers are tried with. */
const THREADS = [...new Set([1, availableParallelism()])];

/** Training and forward steps of each cell, ours beside the peers', and the matrix products that bound them. */
export async function stepsSection(options: SectionOptions): Promise<SectionResult> {
  const result: SectionResult = { groups: [], figures: [], versions: {} };
  const against: number[] = [];
  for (const cell of options.cells) {
    const [subject, batch] = CELLS[cell]!;
    for (const task of ['forward', 'train'] as const) {
      const one = await measureCase(options, { subject, batch, task });
      result.groups.push(one.group);
      result.figures.push(...one.figures);
      Object.assign(result.versions, one.versions);
      if (one.against !== undefined) against.push(one.against);
    }
  }
  if (against.length > 0) {
    const mean = Math.exp(against.reduce((sum, value) => sum + Math.log(value), 0) / against.length);
    const what = `geometric mean over ${against.length} cells, against the best peer`;
    result.figures.push({ what, value: mean, unit: '×', atLeast: 1.15 });
  }
  return result;
}

interface CaseResult {
  group: Group;
  figures: Figure[];
  versions: Record<string, string>;
  /** Our speed over the best peer's. */
  against?: number;
}

/** Processes of their own for each case: their peak memory is that case's, and large models don't lie side by side. */
async function measureCase(options: SectionOptions, subject: StepCase): Promise<CaseResult> {
  const { contestants, versions } = await startAll(options, startersOf(options, subject));
  try {
    const title = `ViT-${subject.subject}, batch ${subject.batch}, ${subject.task}`;
    options.say(`measuring ${title}`);
    for (const contestant of contestants) contestant.forgetPeak();
    const before = loadavg()[0]!;
    const entrants = contestants.map((one): Entrant => [one.name, () => one.turn('step', stepsOf(subject))]);
    const rows = (await takeTurns(entrants, options.rounds)).map((row, i) => ({
      ...row,
      peakBytes: contestants[i]!.peakBytes(),
      firstStep: contestants[i]!.introduction.firstStep,
    }));
    const find = (name: string) => rows.find((row) => row.name === name)!;
    const peers = rows.filter(({ name }) => ![OURS, EAGER, CEILING].includes(name));
    const figures: Figure[] = [];
    const what = `${subject.subject} batch ${subject.batch} ${subject.task}`;
    const best = peers.toSorted((a, b) => b.perSecond - a.perSecond)[0];
    const against = best && ratio(rows, [OURS, best.name], 'perSecond');
    if (best) figures.push({ what: `${what}: against ${best.name}`, value: against!, unit: '×', atLeast: 1 });
    const frugal = peers.toSorted((a, b) => b.perCpuSecond - a.perCpuSecond)[0];
    if (frugal) {
      const value = ratio(rows, [OURS, frugal.name], 'perCpuSecond');
      figures.push({ what: `${what}: against ${frugal.name}, by processor time`, value, unit: '×' });
    }
    figures.push({
      what: `${what}: share of the ceiling, by processor time`,
      value: ratio(rows, [OURS, CEILING], 'perCpuSecond'),
      unit: '×',
      atLeast: 0.8,
    });
    if (rows.some(({ name }) => name === EAGER)) {
      const atLeast = subject.task === 'train' ? 1.8 : 2;
      figures.push({
        what: `${what}: against op by op`,
        value: ratio(rows, [OURS, EAGER], 'perSecond'),
        unit: '×',
        atLeast,
      });
    }
    if (subject.subject === 'B/16' && subject.task === 'train') {
      figures.push({ what: `${what}: first step`, value: find(OURS).firstStep!, unit: 's', atMost: 25 });
      const warm = await warmFirstStep(options, subject);
      figures.push({ what: `${what}: first step, compiled before`, value: warm, unit: 's', atMost: 8 });
      const torch = peers.filter(({ name }) => name.includes('PyTorch')).map(({ peakBytes }) => peakBytes);
      if (torch.length > 0) {
        const value = find(OURS).peakBytes / Math.min(...torch);
        figures.push({ what: `${what}: peak memory against PyTorch's`, value, unit: '×', atMost: 1 });
      }
    }
    const load = `load ${before.toFixed(1)} to ${loadavg()[0]!.toFixed(1)}`;
    return { group: { title: `${title} (${load})`, unit: 'images', rows }, figures, versions, against };
  } finally {
    for (const contestant of contestants) contestant.stop();
  }
}

/** Seconds to the end of the first step of a process that finds its program compiled by one before it. */
async function warmFirstStep(options: SectionOptions, subject: StepCase): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-compiled-'));
  try {
    const command = node('steps.ts', ['recorded', ...caseArguments(subject)]);
    let seconds = NaN;
    for (const name of ['Vitrine, compiling', 'Vitrine, compiled before']) {
      const { contestants } = await startAll(options, [[name, command, { VITRINE_COMPILED_DIR: folder }]]);
      seconds = contestants[0]!.introduction.firstStep!;
      contestants[0]!.stop();
    }
    return seconds;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Steps in a turn: a second or so on two cores. */
function stepsOf({ subject, batch, task }: StepCase): number {
  const cost = (batch / 8) * { 'Ti/16': 1, 'S/16': 4, 'B/16': 16 }[subject] * (task === 'train' ? 3 : 1);
  return Math.max(1, Math.round(6 / cost));
}

function startersOf({ python: venv, vitJax, threads = THREADS }: SectionOptions, subject: StepCase): Starter[] {
  const { timm, width, mlpDim, numHeads } = SUBJECTS[subject.subject];
  const given = caseArguments(subject);
  const forward = subject.task === 'forward';
  const small = subject.subject === 'Ti/16' && subject.batch === 8;
  const peers = threads.flatMap((count): Starter[] => {
    const label = count === 1 ? '1 thread' : `${count} threads`;
    const limited = count === 1 ? '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1' : '';
    const jax = [vitJax!, width, mlpDim, numHeads, ...given.slice(1)].map(String);
    const torch = (mode: string): string[] =>
      python(venv!, 'timm_steps.py', [String(count), mode, timm, ...given.slice(1)]);
    return [
      ...(venv === undefined
        ? []
        : ([
            [`timm on PyTorch, eager, ${label}`, torch('eager'), {}],
            [`timm on PyTorch, torch.compile, ${label}`, torch('compile'), {}],
          ] as const)),
      ...(vitJax === undefined || venv === undefined
        ? []
        : ([[`vit_jax on JAX, ${label}`, python(venv, 'vit_jax_steps.py', jax), { XLA_FLAGS: limited }]] as const)),
      ...(forward
        ? ([[`onnxruntime-node, ${label}`, node('onnx-forward.ts', [String(count), ...given]), {}]] as const)
        : []),
    ];
  });
  return [
    [OURS, node('steps.ts', ['recorded', ...given]), NOTHING_KEPT],
    [CEILING, node('matmuls.ts', given), NOTHING_KEPT],
    ...(small ? ([[EAGER, node('steps.ts', ['eager', ...given]), NOTHING_KEPT]] as const) : []),
    ...peers,
  ];
}
