/**
 * Runs: an index over their folders, which hold the truth, and what only a person can say (name, tags, wish, place in the
 * queue). The queue is two columns of the run and no table: a run is in it once or not at all.
 */
export const runs = {
  name: 'runs',
  sql: `
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  workdir TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  tags TEXT NOT NULL DEFAULT '[]',            -- JSON
  request TEXT NOT NULL,                      -- JSON: RunRequest
  wish TEXT NOT NULL CHECK (wish IN ('run', 'pause', 'stop', 'discard')),
  wished_at INTEGER NOT NULL,                 -- ms
  priority INTEGER NOT NULL DEFAULT 0,
  queue REAL,                                 -- place in the queue; NULL: not in it
  queued_at INTEGER,                          -- ms
  device TEXT,
  refusal TEXT,                               -- JSON: why the last attempt didn't begin, or how its process died
  summary TEXT NOT NULL,                      -- JSON: what the folder said last
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,                -- ms
  changed_at INTEGER NOT NULL,                -- ms
  metrics_inode TEXT NOT NULL DEFAULT '',     -- how far metrics.jsonl is read: the file,
  metrics_offset INTEGER NOT NULL DEFAULT 0,  -- the bytes,
  metrics_line TEXT NOT NULL DEFAULT ''       -- and the last line, to tell a file that was written anew
) STRICT;
CREATE INDEX runs_by_creation ON runs (created_at);
CREATE INDEX runs_in_queue ON runs (priority, queue) WHERE queue IS NOT NULL;

CREATE TABLE metric_names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE run_metrics (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name INTEGER NOT NULL REFERENCES metric_names (id),
  step INTEGER NOT NULL,
  value REAL,                                 -- NULL: not a finite number
  PRIMARY KEY (run, name, step)
) STRICT, WITHOUT ROWID;

-- What main itself saw or was asked; what the worker saw stands in the folder's timeline.jsonl.
CREATE TABLE run_events (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,                        -- ms
  type TEXT NOT NULL,
  step INTEGER,
  text TEXT
) STRICT;
CREATE INDEX run_events_by_run ON run_events (run, at);
`,
};
