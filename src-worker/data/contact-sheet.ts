import sharp from 'sharp';

/** One picture of a sheet: levels [h, w, 3], and what is written below it. */
export interface SheetCell {
  pixels: Uint8Array;
  caption: string;
}

export interface Sheet {
  png: Buffer;
  width: number;
  height: number;
}

const GAP = 8;
const CAPTION = 18;
/** Smaller pictures are enlarged pixel by pixel to about this, px. */
const LEGIBLE = 112;

/** Pictures of one size in rows, with captions, on white, as PNG. */
export async function contactSheet(
  rows: readonly (readonly SheetCell[])[],
  [height, width]: readonly [number, number],
): Promise<Sheet> {
  const scale = Math.max(1, Math.round(LEGIBLE / Math.max(height, width)));
  const [cellHeight, cellWidth] = [height * scale, Math.max(width * scale, LEGIBLE / 2)];
  const columns = Math.max(...rows.map((row) => row.length));
  const sheet = {
    width: GAP + columns * (cellWidth + GAP),
    height: GAP + rows.length * (cellHeight + CAPTION + GAP),
  };
  const captions: string[] = [];
  const pictures = await Promise.all(
    rows.flatMap((row, r) =>
      row.map(async ({ pixels, caption }, c) => {
        const left = GAP + c * (cellWidth + GAP);
        const top = GAP + r * (cellHeight + CAPTION + GAP);
        captions.push(`<text x="${left}" y="${top + cellHeight + 13}">${escaped(fitting(caption, cellWidth))}</text>`);
        const input = await sharp(pixels, { raw: { width, height, channels: 3 } })
          .resize(width * scale, height * scale, { kernel: 'nearest' })
          .png({ compressionLevel: 1 })
          .toBuffer();
        return { input, left, top };
      }),
    ),
  );
  const style = 'font-family="DejaVu Sans, Arial, sans-serif" font-size="11" fill="#333"';
  const size = `width="${sheet.width}" height="${sheet.height}"`;
  const text = `<svg xmlns="http://www.w3.org/2000/svg" ${size}><g ${style}>${captions.join('')}</g></svg>`;
  const png = await sharp({ create: { ...sheet, channels: 3, background: '#ffffff' } })
    .composite([...pictures, { input: Buffer.from(text), left: 0, top: 0 }])
    .png()
    .toBuffer();
  return { png, ...sheet };
}

/** About as many characters as fit, at 6 px each. */
function fitting(caption: string, width: number): string {
  const most = Math.floor(width / 6);
  return caption.length <= most ? caption : `${caption.slice(0, most - 1)}…`;
}

/** Names come from folders: markup and what XML can't hold are taken out. */
function escaped(text: string): string {
  return text
    .replace(/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]/g, '?')
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
