/** What people decide about single images, and what looking at all of them together has found. */
export const datasetEdits = {
  name: '0006-dataset-edits',
  sql: `
    CREATE TABLE dataset_edits (
      root     TEXT NOT NULL, -- of every data set that lies there
      split    TEXT NOT NULL, -- '' where Vitrine made the splits
      name     TEXT NOT NULL,
      class    TEXT, -- by name; NULL: as the folder says
      excluded INTEGER NOT NULL,
      PRIMARY KEY (root, split, name)
    ) STRICT, WITHOUT ROWID;

    -- dataset_images.label is what holds; this is what the folder says.
    ALTER TABLE dataset_images ADD COLUMN listed_label INTEGER;
    ALTER TABLE dataset_images ADD COLUMN excluded INTEGER NOT NULL DEFAULT 0;
    UPDATE dataset_images SET listed_label = label;
    CREATE INDEX dataset_images_edited ON dataset_images (dataset, position)
      WHERE excluded = 1 OR label IS NOT listed_label;
    ALTER TABLE datasets ADD COLUMN findings TEXT; -- JSON; NULL: not looked for
  `,
};
