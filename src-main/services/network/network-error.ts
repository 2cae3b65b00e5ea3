import { AppError } from '../../../src-shared/errors.ts';

/** Why a request failed, for programs: whether trying again can help depends on it. */
export type NetworkReason =
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'stalled'
  | 'tls'
  | 'protocol'
  | 'redirect'
  | 'too-large'
  /** Not what it should be. */
  | 'content'
  /** Another part than was asked for: worth beginning anew. */
  | 'range'
  | 'status';

/** Those that may pass by themselves. */
const PASSING: readonly NetworkReason[] = ['dns', 'refused', 'reset', 'timeout', 'stalled', 'protocol', 'range'];

/** Whether a failure may pass by itself, so that it is worth trying again. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'network') return false;
  const { reason, status } = error.details as { reason?: NetworkReason; status?: number };
  if (reason === 'status') return status === 408 || status === 425 || status === 429 || (status ?? 0) >= 500;
  return reason !== undefined && PASSING.includes(reason);
}

export function networkError(reason: NetworkReason, message: string, details: Record<string, unknown> = {}): AppError {
  return new AppError('network', message, { hint: HINTS[reason], details: { reason, ...details } });
}

const AGAIN = 'Check the connection and try again.';
const HINTS: Readonly<Record<NetworkReason, string>> = {
  dns: AGAIN,
  refused: AGAIN,
  reset: AGAIN,
  timeout: AGAIN,
  stalled: AGAIN,
  tls: "Check the machine's clock and certificates; a company's proxy needs NODE_EXTRA_CA_CERTS.",
  protocol: 'Something between here and there answers in its place, or the server is broken.',
  redirect: 'Try again later, or another mirror.',
  'too-large': 'It is not what was asked for.',
  range: 'It is begun anew.',
  content: 'Try another mirror, or import a file that you have.',
  status: 'Try again later, or another mirror.',
};

const CODES: Readonly<Record<string, NetworkReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'timeout',
};

const SENTENCES: Partial<Record<NetworkReason, string>> = {
  dns: 'no machine of that name is found',
  refused: 'no connection',
  reset: 'the connection broke',
  timeout: 'no connection in time',
  tls: 'its certificate is not accepted',
  protocol: 'the answer is no HTTP',
};

/** A failure of Node's sockets in a person's words; an AppError as it is. */
export function asNetworkError(error: unknown, address: string): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const reason =
    CODES[code] ??
    (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|ERR_SSL)/.test(code)
      ? 'tls'
      : /^(HPE_|Z_|ERR__)/.test(code)
        ? 'protocol'
        : undefined);
  if (!reason) return error;
  return new AppError(
    'network',
    `${address}: ${code.startsWith('Z_') ? "what it sends can't be unpacked" : SENTENCES[reason]} (${code}).`,
    {
      hint: HINTS[reason],
      details: { reason, code },
      cause: error,
    },
  );
}
