/**
 * The catalog. What is bundled or imported (pretraining, checkpoint, figure, mirror, text) may be replaced at any
 * time; what a person adds is keyed by names, without references, and stays. NULL is unknown.
 */
export const catalog = {
  name: '0001-catalog',
  sql: `
CREATE TABLE catalog_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- of the bundled tables in here; another one is written anew
  seed INTEGER NOT NULL,
  -- goes up with every change of what is bundled or imported
  revision INTEGER NOT NULL,
  -- the imported index, where there is one
  index_source TEXT,
  index_sha256 TEXT,
  index_rows INTEGER,
  imported_at TEXT
) STRICT;

CREATE TABLE catalog_pretraining (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  collection TEXT NOT NULL,
  family TEXT NOT NULL,
  model TEXT NOT NULL,
  ds TEXT,
  epochs REAL,
  lr REAL,
  aug TEXT,
  wd REAL,
  "do" REAL,
  sd REAL,
  best_val REAL,
  final_val REAL,
  final_test REAL,
  size_mib REAL,
  evidence TEXT NOT NULL,
  -- in catalog_text
  text INTEGER NOT NULL
) STRICT;

CREATE TABLE catalog_checkpoint (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  pretraining INTEGER NOT NULL REFERENCES catalog_pretraining (id),
  kind TEXT NOT NULL,
  adapt_ds TEXT,
  adapt_lr REAL,
  adapt_steps INTEGER,
  adapt_resolution INTEGER,
  adapt_final_val REAL,
  adapt_final_test REAL,
  params INTEGER,
  infer_samples_per_sec REAL,
  size_mib REAL,
  num_classes INTEGER,
  evidence TEXT NOT NULL,
  -- in catalog_text: what the fine-tuning adds to its pre-training's, and what is this file's alone
  text INTEGER,
  own_text INTEGER
) STRICT;
CREATE INDEX catalog_checkpoint_pretraining ON catalog_checkpoint (pretraining);

CREATE TABLE catalog_figure (
  name TEXT NOT NULL,
  metric TEXT NOT NULL,
  -- what it was measured on; '' for speed and size
  "on" TEXT NOT NULL,
  value REAL NOT NULL,
  protocol TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (name, metric, "on", protocol, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_mirror (
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  address TEXT NOT NULL,
  readable INTEGER NOT NULL,
  note TEXT,
  source TEXT NOT NULL,
  PRIMARY KEY (name, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_note (
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (name, position)
) STRICT, WITHOUT ROWID;

-- Each distinct text once: names share their parts, so that a search reads a thousand texts and not fifty thousand.
CREATE VIRTUAL TABLE catalog_text USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3');

CREATE TABLE annotation (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  starred INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  changed_at TEXT NOT NULL
) STRICT;

CREATE TABLE annotation_tag (
  name TEXT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (name, tag)
) STRICT, WITHOUT ROWID;

-- Notes and tags as one text for each name; rowid is annotation's id.
CREATE VIRTUAL TABLE annotation_text USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3');

CREATE TABLE compare_tray (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE saved_view (
  name TEXT PRIMARY KEY,
  query TEXT NOT NULL,
  columns TEXT NOT NULL,
  changed_at TEXT NOT NULL
) STRICT;
`,
};
