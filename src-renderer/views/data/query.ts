export type OnlyImages = 'bad' | 'excluded' | 'relabelled' | 'unlabelled';

export const TABS = ['images', 'health', 'augment'] as const;
export type Tab = (typeof TABS)[number];

/** What of a data set is shown: its address behind the "?". */
export interface DatasetQuery {
  readonly tab: Tab;
  readonly split: string | null;
  /** A class by its index. */
  readonly label: number | null;
  readonly only: OnlyImages | null;
  readonly text: string;
  /** The image that is looked at from near, by its position in the data set. */
  readonly image: number | null;
}

const ONLY: readonly OnlyImages[] = ['bad', 'excluded', 'relabelled', 'unlabelled'];

/** Whatever can't be read is as if it weren't there. */
export function parseQuery(search: URLSearchParams): DatasetQuery {
  const whole = (name: string): number | null => {
    const value = search.get(name);
    return value !== null && /^\d{1,9}$/.test(value) ? Number(value) : null;
  };
  return {
    tab: TABS.find((tab) => tab === search.get('tab')) ?? 'images',
    split: search.get('split') === '' ? null : search.get('split'),
    label: whole('class'),
    only: ONLY.find((only) => only === search.get('only')) ?? null,
    text: search.get('q') ?? '',
    image: whole('image'),
  };
}

/** The address of what is shown; what is so anyway is left out. */
export function writeQuery({ tab, split, label, only, text, image }: DatasetQuery) {
  return {
    tab: tab === 'images' ? null : tab,
    ...{ split, only, image },
    class: label,
    q: text,
  };
}
