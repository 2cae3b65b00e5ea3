import { BrowserWindow, dialog, shell } from 'electron';
import type { FileFilter, OpenDialogOptions } from 'electron';
import type { FileKind } from '../../../src-shared/contract/files.ts';
import type { Desktop } from '../../app/desktop.ts';
import { strings } from './strings.ts';

const { filter } = strings.open;
const ANY: FileFilter = { name: filter.any, extensions: ['*'] };

/** What the system's dialog offers for each kind; the check of what was chosen is the services'. */
const FILTERS: Record<Exclude<FileKind, 'folder'>, FileFilter[]> = {
  checkpoint: [{ name: filter.checkpoint, extensions: ['npz', 'safetensors'] }, ANY],
  image: [{ name: filter.image, extensions: ['jpg', 'jpeg', 'png', 'webp', 'gif', 'bmp', 'tif', 'tiff', 'avif'] }, ANY],
  data: [{ name: filter.data, extensions: ['zip', 'csv', 'tsv', 'parquet', 'tfrecord', 'bin'] }, ANY],
  any: [ANY],
};

export const desktop: Desktop = {
  async choose(kind, title) {
    const options: OpenDialogOptions = {
      title,
      message: title, // macOS shows no title
      properties: kind === 'folder' ? ['openDirectory', 'createDirectory'] : ['openFile'],
      ...(kind === 'folder' ? {} : { filters: FILTERS[kind] }),
    };
    const parent = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0];
    const { canceled, filePaths } = await (parent
      ? dialog.showOpenDialog(parent, options)
      : dialog.showOpenDialog(options));
    return canceled ? null : (filePaths[0] ?? null);
  },
  async reveal(path) {
    shell.showItemInFolder(path);
  },
};
