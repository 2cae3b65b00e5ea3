/**
 * The numbers of the zip format that reading and writing share. Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7
 * (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (end records), 4.5.3 (Zip64 extra field).
 */
export const LOCAL_HEADER = { signature: 0x04034b50, size: 30 } as const;
export const CENTRAL_HEADER = { signature: 0x02014b50, size: 46 } as const;
export const END_RECORD = { signature: 0x06054b50, size: 22 } as const;
export const ZIP64_END_RECORD = { signature: 0x06064b50, size: 56 } as const;
export const ZIP64_LOCATOR = { signature: 0x07064b50, size: 20 } as const;

export const ZIP64_EXTRA_ID = 0x0001;
export const STORED = 0;
export const DEFLATED = 8;
export const FLAG_ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
export const FLAG_UTF8 = 0x0800;

export const MAX_UINT16 = 0xffff;
export const MAX_UINT32 = 0xffffffff;

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
