import type { DatasetFinding, DatasetFindings, FoundImage } from '../../../../src-shared/contract/dataset-health.ts';
import { roleOfSplit } from '../../../../src-shared/data/splits.ts';
import type { ItemRow } from '../image-rows.ts';
import type { Quality } from './examine.ts';

/** What comparing all images has found, by their positions: it is read again together with what was edited since. */
export interface StoredFindings {
  images: number;
  tiny: { position: number; width: number; height: number }[];
  groups: { kind: 'exact' | 'near'; positions: number[] }[];
  distance: number;
}

/** Groups of a kind that are told; their number is told whole. */
const MOST_TOLD = 200;

/** @param items those that were examined, excluded ones left out */
export function storedFindings(quality: Quality, items: readonly ItemRow[]): StoredFindings {
  const { images, distance } = quality;
  const positions = new Map(items.map(({ split, name, position }) => [`${split}\n${name}`, position]));
  const byName = new Map(items.map(({ name, position }) => [name, position]));
  return {
    images,
    distance,
    tiny: quality.tiny.map(({ name, width, height }) => ({ position: byName.get(name)!, width, height })),
    groups: quality.groups.map(({ kind, images: found }) => ({
      kind,
      positions: found.map(({ split, name }) => positions.get(`${split}\n${name}`)!),
    })),
  };
}

export interface TellOptions {
  id: string;
  items: readonly ItemRow[];
  classNames: readonly string[];
  bad: readonly { name: string; reason: string }[];
}

/** What is still so: an image that was left out since is in no finding, and of one alone there is nothing to say. */
export function tellFindings(
  stored: StoredFindings,
  { id, items, classNames, bad }: TellOptions,
): Pick<DatasetFindings, 'images' | 'distance' | 'findings'> {
  const asFound = (item: ItemRow): FoundImage => ({
    position: item.position,
    name: item.name,
    split: item.split,
    class: item.label === null ? null : (classNames[item.label] ?? null),
    thumbnail: `/media/thumbnails/${id}/${item.position}`,
    spare: false,
  });
  const at = (position: number): FoundImage[] => {
    const item = items[position];
    return item === undefined || item.excluded === 1 ? [] : [asFound(item)];
  };
  const byName = new Map(items.map((item) => [item.name, item]));
  const groups = stored.groups
    .map(({ kind, positions }) => ({ kind, images: positions.flatMap(at) }))
    .filter(({ images }) => images.length > 1)
    .map(({ kind, images }) => describeGroup(kind, images));
  const unsound = bad.flatMap(({ name, reason }) => {
    const item = byName.get(name);
    if (item?.excluded === 1) return [];
    const gone = { position: null, name, split: null, class: null, thumbnail: null, spare: false };
    return [single(item ? { ...asFound(item), spare: true } : gone, reason)];
  });
  const tiny = stored.tiny.flatMap(({ position, width, height }) =>
    at(position).map((image) => single({ ...image, spare: true }, `${width} × ${height} px`)),
  );
  const ofKind = (kind: DatasetFinding['kind']) => groups.filter((group) => group.finding === kind);
  const found: DatasetFinding[] = [
    told('bad', unsound),
    told('exactLeak', ofKind('exactLeak')),
    told('nearLeak', ofKind('nearLeak')),
    told('exactDuplicate', ofKind('exactDuplicate')),
    told('nearDuplicate', ofKind('nearDuplicate')),
    told('tiny', tiny),
  ];
  return { images: stored.images, distance: stored.distance, findings: found.filter(({ total }) => total > 0) };
}

type Group = DatasetFinding['groups'][number];

function told(kind: DatasetFinding['kind'], groups: readonly Group[]): DatasetFinding {
  const shown = groups.slice(0, MOST_TOLD).map(({ images, conflict, detail }) => ({ images, conflict, detail }));
  return { kind, total: groups.length, groups: shown };
}

function single(image: FoundImage, detail: string): Group {
  return { images: [image], conflict: false, detail };
}

/**
 * Of copies, all but the first can go; of a picture that is trained on and tested on, those that are trained on: the
 * test stays what others have. Where the copies have different classes, only a person knows which one is wrong.
 */
function describeGroup(kind: 'exact' | 'near', images: FoundImage[]): Group & { finding: DatasetFinding['kind'] } {
  const leak = new Set(images.map(({ split }) => split)).size > 1;
  const conflict = new Set(images.map((image) => image.class).filter((name) => name !== null)).size > 1;
  const inTraining = (image: FoundImage): boolean => image.split !== null && roleOfSplit(image.split) === 'train';
  const spare = (image: FoundImage, i: number): boolean => !conflict && (leak ? inTraining(image) : i > 0);
  return {
    finding: `${kind}${leak ? 'Leak' : 'Duplicate'}`,
    images: images.map((image, i) => ({ ...image, spare: spare(image, i) })),
    conflict,
    detail: null,
  };
}
