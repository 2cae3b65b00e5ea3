/** The part of a socket that is needed here. */
interface TextStream {
  write(text: string): unknown;
  destroy(): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** Characters of one message: far more than any of ours, and an end to what a stranger may have us keep. */
const MOST = 16 << 20;

/**
 * The port that oRPC's adapters expect, over a stream of text (its encoding set): a line of JSON a message.
 * @param accepts tells messages from what a stranger sends; the stream ends at the first that is none. oRPC itself
 * throws where nobody can catch it.
 */
export function linePort(
  stream: TextStream,
  accepts: (message: unknown) => boolean = () => true,
): {
  on: (event: string, callback: (event?: { data: unknown }) => void) => void;
  postMessage: (data: unknown) => void;
} {
  return {
    on(event, callback) {
      if (event === 'close') stream.on('close', () => callback());
      if (event !== 'message') return;
      let unread = '';
      stream.on('data', (text) => {
        const lines = (unread + text).split('\n');
        unread = lines.pop()!;
        for (const data of lines) {
          if (!accepts(parse(data))) return void stream.destroy();
          callback({ data });
        }
        if (unread.length > MOST) stream.destroy();
      });
    },
    // JSON has no line breaks outside of strings, and in them they are escaped.
    postMessage: (data) => void stream.write(`${data as string}\n`),
  };
}

/** Undefined for what is no JSON. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
