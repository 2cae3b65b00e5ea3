import type { Upload } from '../../src-shared/contract/uploads.ts';
import { AppError } from '../../src-shared/errors.ts';
import type { ErrorCode } from '../../src-shared/errors.ts';

declare global {
  interface Window {
    /** The desktop's preload; a browser has none. */
    readonly vitrine?: { pathForFile: (file: File) => string };
  }
}

/** A file that was dropped, pasted or picked, as main can open it. */
export type Given = { path: string } | { upload: string };

/**
 * Makes a file known to main: by its path on the desktop, else by sending it. A pasted picture has no path and is sent.
 * @throws AppError what main answers; network where it doesn't
 */
export async function give(file: File, signal?: AbortSignal): Promise<Given> {
  const path = window.vitrine?.pathForFile(file) ?? '';
  return path === '' ? { upload: (await upload(file, file.name, signal)).id } : { path };
}

/** Sends a file into the library. */
export async function upload(body: Blob, name: string, signal?: AbortSignal): Promise<Upload> {
  const answer = await fetch(`/media/uploads?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body,
    ...(signal ? { signal } : {}),
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new AppError('network', `“${name}” could not be sent.`, {
      hint: 'Vitrine does not answer; drop it again once it does.',
      cause,
    });
  });
  if (answer.ok) return (await answer.json()) as Upload;
  throw refusal((await answer.json()) as Refusal);
}

interface Refusal {
  code: ErrorCode;
  message: string;
  data?: { hint?: string };
}

function refusal({ code, message, data }: Refusal): AppError {
  return new AppError(code, message, { hint: data?.hint });
}

/** As `upload`, telling how far it is: of a large file a person wants to know. */
export function uploadLarge(
  body: Blob,
  name: string,
  { signal, onprogress }: { signal: AbortSignal; onprogress: (sent: number) => void },
): Promise<Upload> {
  return new Promise((resolve, reject) => {
    // fetch doesn't tell how much it has sent.
    const request = new XMLHttpRequest();
    request.open('POST', `/media/uploads?name=${encodeURIComponent(name)}`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded }) => onprogress(loaded);
    request.onload = () => {
      if (request.status < 300) resolve(request.response as Upload);
      else reject(refusal(request.response as Refusal));
    };
    request.onerror = () =>
      reject(new AppError('network', `“${name}” could not be sent.`, { hint: 'Vitrine does not answer; try again.' }));
    request.onabort = () => reject(new AppError('interrupted', 'Stopped.'));
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}
