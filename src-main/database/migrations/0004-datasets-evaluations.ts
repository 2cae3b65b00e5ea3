/** Data sets and their images, what browsers have sent, and evaluations. */
export const datasetsAndEvaluations = {
  name: '0004-datasets-evaluations',
  sql: `
    CREATE TABLE datasets (
      id            TEXT PRIMARY KEY,
      name          TEXT NOT NULL,
      root          TEXT NOT NULL,
      source        TEXT NOT NULL CHECK (source IN ('folder', 'zip')),
      archive       TEXT, -- to unpack it from
      state         TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'checking', 'failed')),
      owner         TEXT, -- JSON of the process that reads or checks
      error         TEXT, -- JSON
      layout        TEXT,
      class_names   TEXT NOT NULL DEFAULT '[]', -- JSON
      splits        TEXT NOT NULL DEFAULT '[]', -- JSON: {name, images, unlabelled}
      images        INTEGER NOT NULL DEFAULT 0,
      notes         TEXT NOT NULL DEFAULT '[]', -- JSON
      check_notes   TEXT NOT NULL DEFAULT '[]', -- JSON
      not_trainable TEXT,
      manifest_hash TEXT,
      seed          INTEGER NOT NULL DEFAULT 0,
      split_seed    INTEGER,
      added_at      TEXT NOT NULL,
      checked_at    TEXT
    ) STRICT;

    CREATE TABLE dataset_images (
      dataset  TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name     TEXT NOT NULL,
      split    TEXT NOT NULL,
      label    INTEGER,
      PRIMARY KEY (dataset, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX dataset_images_by_split ON dataset_images (dataset, split, position);
    CREATE INDEX dataset_images_by_label ON dataset_images (dataset, label, position);

    CREATE TABLE dataset_bad (
      dataset TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
      name    TEXT NOT NULL,
      code    TEXT NOT NULL,
      reason  TEXT NOT NULL,
      listed  INTEGER NOT NULL, -- 1: known from the listing, 0: found by decoding
      PRIMARY KEY (dataset, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE uploads (
      id          TEXT PRIMARY KEY,
      name        TEXT NOT NULL,
      bytes       INTEGER NOT NULL,
      sha256      TEXT NOT NULL,
      uploaded_at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE evaluations (
      id          TEXT PRIMARY KEY,
      state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'finished', 'failed', 'cancelled')),
      owner       TEXT, -- JSON of the process that computes it
      error       TEXT, -- JSON
      checkpoint  TEXT NOT NULL, -- JSON: {path, name, sha256, architecture}
      dataset     TEXT REFERENCES datasets (id) ON DELETE SET NULL,
      data        TEXT NOT NULL, -- JSON: {name, root, split}
      settings    TEXT NOT NULL, -- JSON: {skipBad, batch, seed}
      result      TEXT, -- JSON
      created_at  TEXT NOT NULL,
      finished_at TEXT
    ) STRICT;
    CREATE INDEX evaluations_by_dataset ON evaluations (dataset);
  `,
};
