/**
 * The one error of the product. Every failure a person can meet is an `AppError` with a code from this table; hosts
 * map the code to an exit code or an HTTP status. Anything else that reaches a host is a bug and is shown as one.
 */
export const ERROR_CODES = {
  /** The command or its arguments are wrong. Exit code 2. */
  usage: { exitCode: 2, status: 400 },
  /** A configuration field is unknown or has the wrong type. Exit code 2. */
  config: { exitCode: 2, status: 400 },
  not_found: { exitCode: 1, status: 404 },
  /** A file is damaged, hostile or of a kind that is not read. */
  bad_file: { exitCode: 1, status: 422 },
  /** A checkpoint whose layout or shapes don't fit. */
  bad_checkpoint: { exitCode: 1, status: 422 },
  /** A folder of images that can't be used as asked. */
  bad_dataset: { exitCode: 1, status: 422 },
  /** The workdir belongs to another configuration, or another process has it. */
  conflict: { exitCode: 1, status: 409 },
  engine: { exitCode: 1, status: 503 },
  /** A request was wanted, and the person has switched requests off. */
  offline: { exitCode: 1, status: 503 },
  /** Another machine can't be reached, refuses, or sends what it shouldn't. */
  network: { exitCode: 1, status: 502 },
  /** A request without the host's token. */
  unauthorized: { exitCode: 1, status: 401 },
  /** A request that another site's page or name sends here. */
  forbidden: { exitCode: 1, status: 403 },
  /** More bytes than are taken. */
  too_large: { exitCode: 1, status: 413 },
  /** The other side stopped sending. */
  timeout: { exitCode: 1, status: 408 },
  disk_full: { exitCode: 1, status: 507 },
  out_of_memory: { exitCode: 1, status: 507 },
  interrupted: { exitCode: 130, status: 499 },
  internal: { exitCode: 1, status: 500 },
} as const satisfies Record<string, { exitCode: number; status: number }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface AppErrorOptions {
  /** What to do next, as one sentence. */
  hint?: string;
  /** Machine-readable facts: paths, names, numbers. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** An expected failure: what happened and to what in `message`, what to do next in `hint`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  toJSON(): { code: ErrorCode; message: string; hint?: string; details: Record<string, unknown> } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      details: this.details,
    };
  }
}
