import type { Inspection } from '../../../src-shared/checkpoints/inspection.ts';
import { sizeOfShape } from '../../../src-shared/models/params.ts';

type Tensor = Inspection['tensors'][number];

/** A line of the tree: a folder of names, or a tensor. */
export interface TreeRow {
  /** Of a folder with its separator at the end, of a tensor its name. */
  readonly path: string;
  /** The last part. */
  readonly text: string;
  readonly depth: number;
  /** Numbers in it, or below it. */
  readonly count: number;
  readonly tensor: Tensor | null;
  /** Of a folder. */
  readonly open: boolean;
}

interface Folder {
  readonly path: string;
  readonly text: string;
  count: number;
  readonly children: Map<string, Folder | Tensor>;
}

/** The folders of a checkpoint's tensor names: `/` of vit_jax's names, `.` of PyTorch's. */
export function tensorTree(tensors: readonly Tensor[]): Folder {
  const separator = tensors.some(({ name }) => name.includes('/')) ? '/' : '.';
  const root: Folder = { path: '', text: '', count: 0, children: new Map() };
  for (const tensor of tensors) {
    const parts = tensor.name.split(separator);
    const count = sizeOfShape(tensor.shape);
    let at = root;
    at.count += count;
    for (const part of parts.slice(0, -1)) {
      const path = `${at.path}${part}${separator}`;
      const next = at.children.get(path) as Folder | undefined;
      const folder = next ?? { path, text: part, count: 0, children: new Map<string, Folder | Tensor>() };
      folder.count += count;
      at.children.set(path, folder);
      at = folder;
    }
    at.children.set(tensor.name, tensor);
  }
  return root;
}

/** The lines in sight: what lies in open folders, or of a filter every tensor with it in its name. */
export function rowsOf(root: Folder, { open, filter }: { open: ReadonlySet<string>; filter: string }): TreeRow[] {
  const wanted = filter.trim().toLowerCase();
  const rows: TreeRow[] = [];
  const walk = (folder: Folder, depth: number): void => {
    for (const [path, child] of folder.children) {
      if (!('children' in child)) {
        if (wanted !== '' && !child.name.toLowerCase().includes(wanted)) continue;
        const text = child.name.slice(folder.path.length);
        rows.push({ path, text, depth, count: sizeOfShape(child.shape), tensor: child, open: false });
        continue;
      }
      const isOpen = wanted !== '' || open.has(path);
      const place = rows.length;
      rows.push({ path, text: child.text, depth, count: child.count, tensor: null, open: isOpen });
      if (isOpen) walk(child, depth + 1);
      if (wanted !== '' && rows.length === place + 1) rows.pop(); // nothing below it is wanted
    }
  };
  walk(root, 0);
  return rows;
}
