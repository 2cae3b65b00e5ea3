import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { SNIFF_BYTES, sniff } from '../../../src-shared/data/sniff.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { photoPath } from '../../services/samples/service.ts';
import { PICTURE_SIDE, THUMBNAIL_SIDE, thumbnailOf } from '../../services/datasets/thumbnails.ts';
import type { Library } from '../library.ts';
import { previewFolder } from '../preview-dataset.ts';
import { failure } from './answer.ts';
import type { Handler } from './answer.ts';
import { limitBody } from './limited-body.ts';

/** How long an upload may stand still, ms. */
const PATIENCE_MS = 60_000;

const COMMON = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
/** A report is one page without script; nothing else is a page. */
const REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";
const REPORT_TYPES = { html: 'text/html; charset=utf-8', json: 'application/json', csv: 'text/csv; charset=utf-8' };

/** An address below /media: its segments behind the kind. They are ids, looked up and never used as a path. */
type Media = (request: Request, ids: string[]) => Promise<Response>;

/** Files by their ids: what was uploaded, small pictures of a data set's images, and reports. */
export function mediaHandler(library: Library): Handler {
  const kinds: Record<string, Media> = {
    uploads: (request, ids) => uploads(library, request, ids),
    thumbnails: (request, ids) => smallPicture(library, request, { ids, side: THUMBNAIL_SIDE }),
    pictures: (request, ids) => smallPicture(library, request, { ids, side: PICTURE_SIDE }),
    previews: (request, ids) => preview(library, request, ids),
    reports: (request, ids) => reports(library, request, ids),
    samples: (request, ids) => sample(request, ids),
  };
  return async (request) => {
    const [, , kind, ...ids] = new URL(request.url).pathname.split('/');
    if (kind === undefined || !Object.hasOwn(kinds, kind) || !ids.every((id) => /^[\w-]{1,64}$/.test(id)))
      throw nothingHere();
    return kinds[kind]!(request, ids);
  };
}

async function uploads(library: Library, request: Request, ids: string[]): Promise<Response> {
  if (request.method === 'POST' && ids.length === 0) return receive(library, request);
  const refused = onlyRead(request, ids.length === 0 ? 'POST' : 'GET, HEAD');
  if (refused) return refused;
  if (ids.length !== 1) throw nothingHere();
  const { path, sha256 } = library.uploads.get(ids[0]!);
  const type = await imageType(path);
  return sendFile(request, path, {
    // What is no picture is never shown in Vitrine's own name.
    'content-type': type ?? 'application/octet-stream',
    ...(type === null ? { 'content-disposition': 'attachment' } : {}),
    'content-security-policy': "default-src 'none'; sandbox",
    etag: `"${sha256}"`,
  });
}

async function receive(library: Library, request: Request): Promise<Response> {
  if (request.body === null)
    throw new AppError('usage', 'The upload has no body.', { hint: 'Send the file as the body.' });
  const length = request.headers.get('content-length');
  const { body } = limitBody(request, { most: Number.MAX_SAFE_INTEGER, patience: PATIENCE_MS });
  const upload = await library.uploads.receive({
    name: new URL(request.url).searchParams.get('name') ?? 'file',
    body: body!,
    bytes: length === null ? null : Number(length),
    signal: request.signal,
  });
  return Response.json(upload, { status: 201, headers: { ...COMMON, location: upload.address } });
}

/** An image of a data set, no longer than `side`, px. */
async function smallPicture(
  library: Library,
  request: Request,
  { ids, side }: { ids: string[]; side: number },
): Promise<Response> {
  const refused = onlyRead(request);
  if (refused) return refused;
  const [dataset, position, ...more] = ids;
  if (dataset === undefined || !/^\d{1,9}$/.test(position ?? '') || more.length > 0) throw nothingHere();
  const path = library.datasets.imagePath(dataset, Number(position));
  const { bytes, tag } = await thumbnailOf(path, { home: library.paths.home, side });
  const headers = { ...COMMON, 'content-type': 'image/jpeg', etag: `"${tag}"`, 'cache-control': 'private, no-cache' };
  if (request.headers.get('if-none-match') === `"${tag}"`) return new Response(null, { status: 304, headers });
  const body = request.method === 'HEAD' ? null : bytes;
  return new Response(body, { headers: { ...headers, 'content-length': String(bytes.length) } });
}

async function reports(library: Library, request: Request, ids: string[]): Promise<Response> {
  const refused = onlyRead(request);
  if (refused) return refused;
  const [id, kind, ...more] = ids;
  if (id === undefined || kind === undefined || more.length > 0) throw nothingHere();
  const path = library.evaluations.reportPath(id, kind);
  return sendFile(request, path, {
    'content-type': REPORT_TYPES[kind as keyof typeof REPORT_TYPES],
    'content-security-policy': REPORT_POLICY,
  });
}

async function sample(request: Request, ids: string[]): Promise<Response> {
  const refused = onlyRead(request);
  if (refused) return refused;
  const path = ids.length === 1 ? photoPath(ids[0]!) : null;
  if (path === null) throw nothingHere();
  return sendFile(request, path, { 'content-type': 'image/png', 'cache-control': 'private, max-age=86400' });
}

/** A sheet of augmented images; made by `datasets.preview`. */
async function preview(library: Library, request: Request, ids: string[]): Promise<Response> {
  const refused = onlyRead(request);
  if (refused) return refused;
  const [name, ...more] = ids;
  if (!/^[0-9a-f]{24}$/.test(name ?? '') || more.length > 0) throw nothingHere();
  const headers = { 'content-type': 'image/png', 'cache-control': 'private, no-cache' };
  return sendFile(request, join(previewFolder(library.paths.home), `${name}.png`), headers);
}

async function sendFile(request: Request, path: string, headers: Record<string, string>): Promise<Response> {
  const file = await stat(path).catch(() => null);
  if (!file?.isFile()) throw new AppError('not_found', 'The file is not there any more.');
  const all = { ...COMMON, ...headers, 'content-length': String(file.size) };
  if (request.method === 'HEAD') return new Response(null, { headers: all });
  const body = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  return new Response(body, { headers: all });
}

/** The media type of a picture that browsers show, told by content. */
async function imageType(path: string): Promise<string | null> {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    const { format } = sniff(buffer.subarray(0, bytesRead));
    return format === null || format === 'tiff' ? null : `image/${format}`;
  } finally {
    await file.close();
  }
}

function onlyRead(request: Request, allow = 'GET, HEAD'): Response | null {
  if (request.method === 'GET' || request.method === 'HEAD') return null;
  const error = new AppError('usage', `${request.method} can't be used here.`, {
    hint: `This address takes ${allow}.`,
  });
  return failure(error, { status: 405, headers: { allow } });
}

function nothingHere(): AppError {
  return new AppError('not_found', 'There is nothing at this address.');
}
