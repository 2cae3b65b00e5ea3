/** Images that are stretches of larger files, and data sets that are read from something else than their folder. */
export const packedImages = {
  name: '0005-packed-images',
  sql: `
    ALTER TABLE datasets ADD COLUMN given TEXT; -- what to read it from again; NULL: its root
    ALTER TABLE dataset_images ADD COLUMN path TEXT; -- NULL: its name, below the root
  `,
};
