import { AppError } from '../errors.ts';
import { quoteName, someNames } from './checkpoint-error.ts';

/** The layouts of .npz files that are read, by the names of their tensors. */
const KNOWN: readonly { title: string; names: RegExp }[] = [
  {
    title: "a Vision Transformer in AugReg's layout",
    names: /^(cls|(embedding|pre_logits|head|Transformer\/(posembed_input|encoderblock_\d+|encoder_norm))\/.*)$/,
  },
  {
    title: "a hybrid in AugReg's layout",
    names:
      /^(cls|(conv_root|gn_root|block\d+\/unit\d+|embedding|pre_logits|head|Transformer\/(posembed_input|encoderblock_\d+|encoder_norm))\/.*)$/,
  },
  { title: "an MLP-Mixer in its paper's layout", names: /^(stem|MixerBlock_\d+|pre_head_layer_norm|head)\// },
  { title: "an image and text model in LiT's layout", names: /^(t|(img|txt)\/.*)$/ },
];

/**
 * The error of a file whose names are of no known layout, or lack one that its layout begins with: the nearest layout,
 * and the first names that it has no place for.
 * @param missing the name that was looked for; `expected` what the layout looks like
 */
export function unknownLayout(names: readonly string[], missing: string, expected: string): AppError {
  if (names.length === 0) return error('The file holds no tensors.', expected, missing);
  const ranked = KNOWN.map((layout) => ({ ...layout, fit: names.filter((name) => layout.names.test(name)).length }));
  const nearest = ranked.reduce((best, entry) => (entry.fit > best.fit ? entry : best));
  if (nearest.fit === 0) return error(`Its layout is not known: ${someNames(names)}.`, expected, missing);
  const unmatched = names.filter((name) => !nearest.names.test(name));
  return error(
    `Its layout is not known: there is no tensor ${quoteName(missing)}. The nearest is ${nearest.title}, ${nearest.fit} of ` +
      `${names.length} names fit${unmatched.length > 0 ? `; not ${someNames(unmatched)}` : ''}.`,
    expected,
    missing,
  );
}

function error(message: string, expected: string, missing: string): AppError {
  const known = KNOWN.map(({ title }) => title).join(', ');
  return new AppError('bad_checkpoint', message, {
    hint: `Expected ${expected}. Known: ${known}.`,
    details: { missing: [missing] },
  });
}
