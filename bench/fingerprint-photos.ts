// Makes resources/photos from scikit-image's photographs: node bench/fingerprint-photos.ts FOLDER, where FOLDER holds
// skimage/data of scikit-image 0.26.0's wheel. PNG, because decoders of JPEG differ in their last digits.
import { join } from 'node:path';
import sharp from 'sharp';

const WIDTH = 256;
const PHOTOS = { 'chelsea.png': 'cat.png', 'coffee.png': 'coffee.png', 'rocket.jpg': 'rocket.png' };

const folder = process.argv[2];
if (folder === undefined) throw new Error('Usage: node bench/fingerprint-photos.ts FOLDER');
for (const [from, to] of Object.entries(PHOTOS)) {
  await sharp(join(folder, from))
    .resize({ width: WIDTH, kernel: 'lanczos3' })
    .removeAlpha()
    .png({ compressionLevel: 9, adaptiveFiltering: true, palette: false })
    .toFile(join(import.meta.dirname, '../resources/photos', to));
}
