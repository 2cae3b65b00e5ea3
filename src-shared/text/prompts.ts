import { AppError } from '../errors.ts';

/** Stands for the label in a template. */
export const PLACEHOLDER = '{}';

/** What a label is put into when nothing else is asked for (CLIP, arXiv:2103.00020, section 3.1.4). */
export const DEFAULT_TEMPLATES: readonly string[] = ['a photo of a {}.'];

/** Prompts of one call, so that a mistyped file doesn't run for days. */
const MAX_PROMPTS = 1_000_000;

/**
 * The labels of `--labels`: separated by commas.
 * @throws AppError usage: fewer than two, an empty one, one twice
 */
export function parseLabels(text: string): string[] {
  const labels = text.split(',').map((label) => label.trim());
  const refuse = (message: string): AppError =>
    new AppError('usage', message, { hint: 'For example: --labels "dog,cat,a red bicycle".' });
  if (labels.some((label) => label === '')) throw refuse('--labels has an empty label.');
  const twice = labels.find((label, i) => labels.indexOf(label) < i);
  if (twice !== undefined) throw refuse(`--labels names ${JSON.stringify(twice)} twice.`);
  if (labels.length < 2) throw refuse('--labels names one label, but probabilities are over two or more.');
  return labels;
}

/**
 * The templates of a file: one a line, each with "{}" where the label goes; empty lines don't count.
 * @throws AppError bad_file naming the line
 */
export function parseTemplates(text: string, file: string): string[] {
  const templates: string[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const template = line.trim();
    if (template === '') continue;
    if (!template.includes(PLACEHOLDER)) {
      throw new AppError('bad_file', `${file}, line ${i + 1}: there is no "${PLACEHOLDER}" for the label.`, {
        hint: 'A template reads like "a photo of a {}."; "{}" alone takes the labels as they are.',
      });
    }
    templates.push(template);
  }
  if (templates.length === 0) throw new AppError('bad_file', `${file} holds no templates.`);
  return templates;
}

/** Every template with every label: those of the first label, then of the second. @throws AppError usage: too many */
export function makePrompts(labels: readonly string[], templates: readonly string[]): string[] {
  if (labels.length * templates.length > MAX_PROMPTS) {
    throw new AppError('usage', `${labels.length} labels in ${templates.length} templates are too many prompts.`);
  }
  return labels.flatMap((label) => templates.map((template) => template.replaceAll(PLACEHOLDER, () => label)));
}
