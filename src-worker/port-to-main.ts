/** What oRPC's message-port adapter needs. */
interface Port {
  on(event: string, callback: (event?: { data: unknown }) => void): void;
  postMessage(data: unknown): void;
}

/** The channel to main, whichever way it made this process: Electron's utilityProcess, or Node's fork. */
export function portToMain(): Port {
  const { parentPort } = process as { parentPort?: Port };
  if (parentPort) return parentPort;
  return {
    on: (event, callback) => {
      if (event === 'message') process.on('message', (data) => callback({ data }));
    },
    // Main may be gone at any moment; what nobody hears is no failure of the work.
    postMessage: (data) => {
      if (process.connected) process.send?.(data, undefined, undefined, () => {});
    },
  };
}
