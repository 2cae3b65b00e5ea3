import { networkError } from '../network/service.ts';

/** Bytes that suffice to tell. */
export const SNIFF_BYTES = 512;

/**
 * Refuses what is no checkpoint by its first bytes: a login page or an error in place of the file.
 * @throws AppError network that no second try helps
 */
export function refuseOtherContent(first: Uint8Array, { address, type }: { address: string; type: string }): void {
  const text = new TextDecoder('latin1').decode(first.subarray(0, SNIFF_BYTES)).trimStart().toLowerCase();
  if (/^<(!doctype html|html|head|body|!--)/.test(text) || /^text\/html\b/i.test(type)) {
    throw wrong(`${address} sends a web page and not a checkpoint.`);
  }
  if (text.startsWith('<?xml') || text.startsWith('<error')) {
    throw wrong(`${address} sends an error message (XML) and not a checkpoint.`);
  }
  if (text.startsWith('version https://git-lfs')) throw wrong(`${address} sends a Git LFS pointer and not the file.`);
  const isZip = first[0] === 0x50 && first[1] === 0x4b;
  const isSafetensors = first[8] === 0x7b;
  if (!isZip && !isSafetensors) throw wrong(`${address} sends neither an .npz nor a .safetensors file.`);
}

function wrong(message: string): Error {
  return networkError('content', message);
}
