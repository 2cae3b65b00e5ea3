/** Settings, requests, downloads, the checkpoints that are here, and what memory steps were seen to take. */
export const downloads = {
  name: 'downloads',
  sql: `
    CREATE TABLE settings (
      name TEXT PRIMARY KEY,
      value TEXT NOT NULL -- JSON
    ) STRICT;

    CREATE TABLE requests (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at TEXT NOT NULL,
      method TEXT NOT NULL,
      address TEXT NOT NULL,
      purpose TEXT NOT NULL,
      status INTEGER,
      bytes INTEGER NOT NULL DEFAULT 0,
      milliseconds REAL, -- null while it goes on
      error TEXT
    ) STRICT;

    CREATE TABLE downloads (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      place INTEGER NOT NULL, -- in the queue
      name TEXT NOT NULL, -- as it was asked for
      file TEXT NOT NULL, -- COLLECTION/FILE below the folder of checkpoints
      state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'verifying', 'done', 'failed')),
      sources TEXT NOT NULL, -- JSON
      source INTEGER NOT NULL DEFAULT 0, -- the one in use
      bytes INTEGER NOT NULL DEFAULT 0,
      total INTEGER,
      sha256 TEXT,
      evidence TEXT NOT NULL DEFAULT '[]', -- JSON: what the content was checked against
      attempts TEXT NOT NULL DEFAULT '[]', -- JSON: what went wrong so far, and where
      failure TEXT, -- JSON: code, message, hint
      added_at TEXT NOT NULL,
      ended_at TEXT
    ) STRICT;
    CREATE INDEX downloads_by_place ON downloads (place);

    CREATE TABLE checkpoints (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      path TEXT NOT NULL UNIQUE, -- relative to the folder of checkpoints where it is below it
      origin TEXT NOT NULL CHECK (origin IN ('download', 'import', 'run', 'found')),
      source TEXT, -- an address, a file or a run's id
      size INTEGER NOT NULL, -- of the file at path, bytes: with mtime_ms it tells whether it is still the same
      mtime_ms REAL NOT NULL,
      bytes INTEGER NOT NULL, -- of all its files
      sha256 TEXT NOT NULL,
      naming TEXT NOT NULL,
      variant TEXT,
      architecture TEXT, -- JSON
      is_lit INTEGER NOT NULL,
      has_labels INTEGER NOT NULL,
      parameters INTEGER NOT NULL,
      problem TEXT, -- JSON: why it can't be used
      inspection TEXT NOT NULL, -- JSON: everything that was read
      fingerprint TEXT, -- JSON: its logits on the bundled photos
      added_at TEXT NOT NULL,
      inspected_at TEXT NOT NULL
    ) STRICT;
    CREATE INDEX checkpoints_by_sha256 ON checkpoints (sha256);

    CREATE TABLE memory_measurements (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at TEXT NOT NULL,
      device TEXT NOT NULL,
      family TEXT NOT NULL,
      mode TEXT NOT NULL,
      precision TEXT NOT NULL,
      architecture TEXT NOT NULL, -- JSON
      batch INTEGER NOT NULL,
      estimated_step INTEGER NOT NULL, -- activations and workspace before any correction, bytes
      measured_step INTEGER NOT NULL -- the same part of what was measured
    ) STRICT;
    CREATE INDEX memory_by_kind ON memory_measurements (device, family, mode, precision, id);
  `,
};
