import type { Handler } from '../../app/http/answer.ts';

/**
 * When a page lets go of an answer, Electron cancels its body and leaves the request's signal as it is. A handler that
 * streams waits for the signal: this ties the two together.
 */
export function abortable(handler: Handler): Handler {
  return async (request) => {
    const abort = new AbortController();
    const signal = AbortSignal.any([request.signal, abort.signal]);
    const response = await handler(new Request(request, { signal }));
    if (response.body === null) return response;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        abort.abort(reason);
        await reader.cancel(reason);
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}
