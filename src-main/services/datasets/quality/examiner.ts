import { join } from 'node:path';
import type { DatasetFindings } from '../../../../src-shared/contract/dataset-health.ts';
import type { Dataset } from '../../../../src-shared/contract/datasets.ts';
import type { ImageDataset, ImageItem } from '../../../../src-shared/data/dataset.ts';
import type { ReportProgress } from '../../tasks/service.ts';
import { inspectImages } from '../check.ts';
import type { datasetRows } from '../dataset-rows.ts';
import type { imageRows, ItemRow } from '../image-rows.ts';
import { examine, NEAR_BITS } from './examine.ts';
import { storedFindings, tellFindings } from './findings.ts';
import { imbalanceOf } from './imbalance.ts';

interface ExaminerOptions {
  rows: ReturnType<typeof datasetRows>;
  images: ReturnType<typeof imageRows>;
  home: string;
}

interface Work {
  id: string;
  root: string;
  signal: AbortSignal;
  report: ReportProgress;
}

/** Looks at the images of the library's data sets, as they are after their edits, and keeps what it finds. */
export function createExaminer({ rows, images, home }: ExaminerOptions) {
  const used = (id: string): ItemRow[] => images.items(id).filter(({ excluded }) => excluded === 0);
  return {
    /** Decodes every image. */
    async check({ id, root, signal, report }: Work): Promise<void> {
      const items = used(id).map((item) => asItem(item, root));
      const onProgress = (done: number, total: number) => report('check', done, total);
      const { bad, notes } = await inspectImages(items, { home, level: 'decode', signal, onProgress });
      rows.setChecked(id, { bad, notes });
    },
    /** Decodes every image and compares each with all others. */
    async examine({ id, root, signal, report }: Work): Promise<void> {
      const items = used(id);
      const quality = await examine(
        { splits: splitsOf(items, root), classNames: images.classNames(id), bad: [] },
        { home, signal, onProgress: report },
      );
      rows.setChecked(id, { bad: quality.bad, notes: quality.notes, findings: storedFindings(quality, items) });
    },
    /** What was found that is still so. */
    tell({ id, checkedAt, root }: Dataset): DatasetFindings {
      const stored = rows.findings(id);
      const items = images.items(id);
      const classNames = images.classNames(id);
      const kept = items.filter(({ excluded }) => excluded === 0);
      const imbalance = imbalanceOf({ splits: splitsOf(kept, root), classNames });
      if (!stored) return { at: null, images: 0, distance: NEAR_BITS, findings: [], imbalance };
      return { at: checkedAt, ...tellFindings(stored, { id, items, classNames, bad: images.bad(id) }), imbalance };
    },
  };
}

function asItem({ name, label, path }: ItemRow, root: string): ImageItem {
  return { name, label, path: path ?? join(root, name) };
}

function splitsOf(items: readonly ItemRow[], root: string): ImageDataset['splits'] {
  const splits: ImageDataset['splits'] = {};
  for (const item of items) (splits[item.split] ??= []).push(asItem(item, root));
  return splits;
}
