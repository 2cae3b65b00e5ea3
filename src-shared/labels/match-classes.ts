import { synonymsOf, synsetIn } from './imagenet.ts';

/** A model's classes in the order of the logits. */
export interface NamedClasses {
  labels: readonly string[];
  /** WordNet's ids where the labels are ImageNet's. */
  synsets: readonly string[] | null;
}

export interface ClassMatch {
  /** Classes that the name may stand for: none, one, or several. */
  found: number[];
  /** By its very name, or by something that means it. */
  by: 'name' | 'synset' | 'synonym';
}

/**
 * Finds a data set's class names among a model's: the very name; else a synset id, as ImageNet's folders have it; else
 * a name in common ("tench" for "tench, Tinca tinca"), case and underscores aside, first names before others.
 */
export function classMatcher({ labels, synsets }: NamedClasses): (name: string) => ClassMatch {
  const names = indexOf(labels.map((label) => [label]));
  const ids = indexOf(labels.map((label, i) => [synsets?.[i] ?? synsetIn(label) ?? '']));
  const synonyms = labels.map(synonymsOf);
  const first = indexOf(synonyms.map((list) => list.slice(0, 1)));
  const any = indexOf(synonyms);
  const whole = indexOf(synonyms.map((list) => [list.join(', ')]));
  return (name) => {
    const found = names.get(name);
    if (found) return { found, by: 'name' };
    const synset = synsetIn(name);
    if (synset !== null && ids.has(synset)) return { found: ids.get(synset)!, by: 'synset' };
    const spelt = synonymsOf(name);
    for (const [index, key] of [
      [whole, spelt.join(', ')],
      [first, spelt[0]],
      [any, spelt[0]],
    ] as const) {
      const matches = key === undefined ? undefined : index.get(key);
      if (matches) return { found: matches, by: 'synonym' };
    }
    return { found: [], by: 'name' };
  };
}

/** Name → the classes that have it. */
function indexOf(namesOfClasses: readonly (readonly string[])[]): Map<string, number[]> {
  const index = new Map<string, number[]>();
  namesOfClasses.forEach((names, i) => {
    for (const name of new Set(names)) {
      if (name === '') continue;
      const known = index.get(name);
      if (known) known.push(i);
      else index.set(name, [i]);
    }
  });
  return index;
}
