import { readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';

const MEDIA_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** What the renderer may load: its own files and nothing from elsewhere. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // bits-ui's command list wraps its items in <div style="display: contents;">: that one attribute, and no other.
  "style-src-attr 'unsafe-hashes' 'sha256-iaOezIDcQIoxCULa6FBKKuLUu09R7kG+Mlu+JVfU3Rw='",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  // Reports, each under a policy of its own that sandboxes it.
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Serves the built renderer: one fetch-style handler that every host connects to its own transport.
 * Only GET and HEAD, only files inside `root` (an absolute path), `/` is index.html; anything else is a 404.
 */
export function staticFiles(root: string): (request: Request) => Promise<Response> {
  const base = resolve(root) + sep;
  const assets = join(base, 'assets') + sep;
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, { allow: 'GET, HEAD' });
    const file = fileFor(base, new URL(request.url).pathname);
    // The files of a web page are small: each is read whole.
    const bytes = file === null ? null : await readFile(file).catch(() => null);
    if (file === null || bytes === null) return refuse(404);
    const headers = {
      ...COMMON_HEADERS,
      'content-type': MEDIA_TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': String(bytes.length),
      // The build names what lies in assets after its content: another content has another name.
      'cache-control': file.startsWith(assets) ? 'private, max-age=31536000, immutable' : 'no-cache',
    };
    return new Response(request.method === 'HEAD' ? null : bytes, { headers });
  };
}

const COMMON_HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

function refuse(status: 404 | 405, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { ...COMMON_HEADERS, ...headers } });
}

/** The file an address names, or null when it names nothing inside `base` (which ends with a separator). */
function fileFor(base: string, pathname: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null; // a lone % in the address
  }
  if (decoded.includes('\0')) return null;
  const file = resolve(base, `.${decoded.endsWith('/') ? `${decoded}index.html` : decoded}`);
  return file.startsWith(base) ? file : null;
}
