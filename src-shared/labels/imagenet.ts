/** A list of classes that checkpoints are published with, told by the number of their outputs. */
export interface LabelSet {
  id: string;
  title: string;
  classes: number;
  /** Of its classes in resources/labels/imagenet.tsv.gz. */
  letter: string;
}

/**
 * Counts of classes that stand for one list and no other, as timm takes them too (timm/data/imagenet_info.py). Where
 * each comes from stands in resources/labels/README.md.
 */
export const LABEL_SETS: readonly LabelSet[] = [
  { id: 'imagenet-1k', title: 'ImageNet-1k', classes: 1000, letter: 'a' },
  { id: 'imagenet-21k', title: "ImageNet-21k in Google's order", classes: 21_843, letter: 'b' },
  { id: 'imagenet-22k', title: 'ImageNet-22k', classes: 21_841, letter: 'c' },
  { id: 'imagenet-12k', title: "timm's ImageNet-12k", classes: 11_821, letter: 'd' },
  { id: 'imagenet-21k-p', title: 'ImageNet-21k-P', classes: 11_221, letter: 'e' },
];

export function labelSetOf(numClasses: number | null): LabelSet | null {
  return LABEL_SETS.find(({ classes }) => classes === numClasses) ?? null;
}

/** Classes in the order of the logits. */
export interface SetLabels {
  set: LabelSet;
  /** "tench, Tinca tinca"; a name that stands for two classes of the set has the synset behind it. */
  labels: string[];
  /** "n01440764" */
  synsets: string[];
}

/**
 * The classes of one set.
 * @param table lines "synset TAB lemmas TAB letters of its sets", in the order of the classes
 * @throws Error where it isn't the table that belongs to this program
 */
export function labelsOfSet(table: string, set: LabelSet): SetLabels {
  const rows = table
    .split('\n')
    .map((line) => line.split('\t'))
    .filter(([, , letters]) => letters?.includes(set.letter));
  if (rows.length !== set.classes) throw new Error(`the table of labels has ${rows.length} classes of ${set.title}`);
  const named = Map.groupBy(rows, ([, lemmas]) => lemmas!);
  return {
    set,
    labels: rows.map(([synset, lemmas]) => (named.get(lemmas!)!.length > 1 ? `${lemmas} (${synset})` : lemmas!)),
    synsets: rows.map(([synset]) => synset!),
  };
}

/** Share of names that must be those of a set, class by class, before a checkpoint's own labels are taken for it. */
const AGREEMENT = 0.9;

/** Whether labels that a checkpoint carries are this set's in its order, however they are spelt out. */
export function areLabelsOf(labels: readonly string[], { labels: known, synsets }: SetLabels): boolean {
  if (labels.length !== known.length) return false;
  const same = labels.filter((label, i) => {
    if (synsetIn(label) === synsets[i]) return true;
    const names = new Set(synonymsOf(known[i]!));
    return synonymsOf(label).some((name) => names.has(name));
  });
  return same.length >= AGREEMENT * labels.length;
}

/** The synset id that a name is or begins with: "n01440764", "n01440764 tench". */
export function synsetIn(name: string): string | null {
  return /^(n\d{8})(?![0-9A-Za-z])/.exec(name.trim())?.[1] ?? null;
}

/** "Tench, Tinca_tinca (n01440764)" -> ["tench", "tinca tinca"]: the names in it, as they are compared. */
export function synonymsOf(label: string): string[] {
  return label
    .replace(/ \(n\d{8}\)$/, '')
    .split(',')
    .map(normalised)
    .filter((name) => name !== '');
}

/** Case, underscores and repeated spaces tell no classes apart. */
function normalised(name: string): string {
  return name.replaceAll('_', ' ').replace(/\s+/g, ' ').trim().toLowerCase();
}
