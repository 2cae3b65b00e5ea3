/** As in x-goog-hash: base64 of its four bytes, the highest first. */
export function crc32cBase64(sum: number): string {
  return Buffer.from([sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255]).toString('base64');
}
