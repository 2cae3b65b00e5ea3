import { AppError } from '../../errors.ts';
import { sameShape } from '../../models/params.ts';
import { quoteName, someNames } from '../checkpoint-error.ts';
import { hfDeit } from './hf-deit.ts';
import { hfVit } from './hf-vit.ts';
import { bad, type Layout, type LayoutContent, type LayoutFile } from './layout.ts';
import { timmDeit } from './timm-deit.ts';
import { timmHybrid } from './timm-hybrid.ts';
import { timmMixer } from './timm-mixer.ts';
import { timmVit } from './timm-vit.ts';

/** The layouts of PyTorch checkpoints, the more particular before the more general. */
export const LAYOUTS: readonly Layout[] = [timmMixer, timmHybrid, timmDeit, timmVit, hfDeit, hfVit];

export interface LayoutReading extends LayoutContent {
  layout: Pick<Layout, 'id' | 'title'>;
  /** Tensors of the file that the model has no place for. */
  unused: string[];
}

/**
 * Recognises a PyTorch checkpoint's layout and reads from it what the model is and where its parameters stand.
 * @throws AppError bad_checkpoint: an unknown layout (with the nearest), another model under known names, missing tensors
 *   (all of them in `details.missing`) or misshapen ones
 */
export function readTorchLayout(file: LayoutFile): LayoutReading {
  const layout = LAYOUTS.find((candidate) => candidate.matches(file));
  if (!layout) throw unknownLayout(file);
  const content = layout.read(file);
  const expected = new Map(content.slots.map((slot) => [slot.file, slot.fileShape]));
  const unused = [...file.shapes.keys()].filter((name) => !expected.has(name));
  const computed = unused.filter((name) => layout.computed.test(name));
  if (computed.length > 0) {
    throw bad(
      `This is not quite ${layout.title}: it also computes with ${someNames(computed)}.`,
      'Models with such parts (layer scale, registers, other norms or poolings) are not supported.',
    );
  }
  const missing = [...expected.keys()].filter((name) => !file.shapes.has(name));
  if (missing.length > 0) {
    throw new AppError(
      'bad_checkpoint',
      `It lacks ${missing.length} tensors of ${layout.title}: ${someNames(missing)}.`,
      {
        details: { missing },
      },
    );
  }
  for (const [name, shape] of expected) {
    const found = file.shapes.get(name)!;
    if (!sameShape(found, shape)) {
      throw bad(
        `${quoteName(name)} has shape [${found.join(', ')}] where the other tensors call for [${shape.join(', ')}].`,
      );
    }
  }
  return { ...content, layout: { id: layout.id, title: layout.title }, unused };
}

function unknownLayout({ shapes }: LayoutFile): AppError {
  if (shapes.size === 0) return bad('The file holds no tensors.');
  const names = [...shapes.keys()];
  const ranked = LAYOUTS.map((layout) => ({ layout, fit: names.filter((name) => layout.names.test(name)).length }));
  const nearest = ranked.reduce((best, entry) => (entry.fit > best.fit ? entry : best));
  if (nearest.fit === 0) {
    return bad(`Its layout is not known: ${someNames(names)}.`, `Known: ${LAYOUTS.map((l) => l.title).join(', ')}.`);
  }
  const unmatched = names.filter((name) => !nearest.layout.names.test(name));
  return bad(
    `Its layout is not known. The nearest is ${nearest.layout.title}, ${nearest.fit} of ${names.length} names fit` +
      `${unmatched.length > 0 ? `; not ${someNames(unmatched)}` : ''}.`,
  );
}
