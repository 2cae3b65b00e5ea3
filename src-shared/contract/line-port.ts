/** The part of a socket that is needed here. */
interface TextStream {
  write(text: string): unknown;
  destroy(): unknown;
  on(event: 'data', listener: (text: string) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
}

/** Characters of one message: far more than any of ours, and an end to what a stranger may have us keep. */
const MOST = 16 << 20;

/** The port that oRPC's adapters expect, over a stream of text (its encoding set): a line of JSON a message. */
export function linePort(stream: TextStream): {
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
        for (const data of lines) callback({ data });
        if (unread.length > MOST) stream.destroy();
      });
    },
    // JSON has no line breaks outside of strings, and in them they are escaped.
    postMessage: (data) => void stream.write(`${data as string}\n`),
  };
}
