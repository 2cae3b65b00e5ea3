import { AppError } from '../../../src-shared/errors.ts';

export interface BodyLimits {
  /** Bytes. */
  most: number;
  /** How long nothing may come, ms. */
  patience: number;
}

/**
 * A request whose body can't be endless or stand still: reading it then fails.
 * @throws AppError too_large, at once where the length is announced; reading fails with too_large or timeout
 */
export function limitBody(request: Request, { most, patience }: BodyLimits): Request {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > most) throw tooLarge(most);
  if (request.body === null) return request;
  const { url, method, headers, signal } = request;
  const body = limited(request.body, { most, patience });
  // Node asks for `duplex`; the DOM's types, which tests of the window are checked with, don't know it.
  const init = { method, headers, signal, body, duplex: 'half' as const };
  const made = new Request(url, init);
  ABORTED_BY.set(made.signal, made);
  return made;
}

/**
 * In Node a request's signal is aborted by its request, which may be collected while somebody still waits for the signal:
 * then nobody hears that the caller has gone. Who holds the signal holds the request.
 */
const ABORTED_BY = new WeakMap<AbortSignal, Request>();

function limited(body: ReadableStream<Uint8Array>, { most, patience }: BodyLimits): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  const fail = (controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void => {
    controller.error(error);
    void reader.cancel(error).catch(() => {});
  };
  return new ReadableStream({
    async pull(controller) {
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<'silence'>((resolve) => (timer = setTimeout(resolve, patience, 'silence')));
      try {
        const read = await Promise.race([reader.read(), silence]);
        if (read === 'silence') return fail(controller, tooSlow(patience));
        if (read.done) return controller.close();
        bytes += read.value.byteLength;
        if (bytes > most) return fail(controller, tooLarge(most));
        controller.enqueue(read.value);
      } catch (cause) {
        fail(controller, new AppError('interrupted', 'The request broke off before its end.', { cause }));
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function tooLarge(most: number): AppError {
  return new AppError('too_large', `The request's body is larger than ${most.toLocaleString('en-US')} bytes.`, {
    hint: 'Send files through POST /media/uploads.',
    details: { most },
  });
}

function tooSlow(patience: number): AppError {
  return new AppError('timeout', `The request's body stood still for ${patience / 1000} s.`, {
    hint: 'Send it again.',
  });
}
