// A host without a window and without a network: the library's contract over this process's own channel. What is killed
// in the tests of runs, as `vitrine serve` or the desktop may be.
import { RPCHandler } from '@orpc/server/message-port';
import { openLibrary } from '../src-main/app/library.ts';
import { router } from '../src-main/app/router.ts';

const library = await openLibrary({ host: 'serve' });
const port = {
  on: (event: string, callback: (event?: { data: unknown }) => void): void => {
    if (event === 'message') process.on('message', (data) => callback({ data }));
  },
  postMessage: (data: unknown): void => {
    if (process.connected) process.send?.(data, undefined, undefined, () => {});
  },
};
new RPCHandler(router).upgrade(port, { context: { library } });
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => void library.close().then(() => process.exit(0)));
port.postMessage('ready');
