// A host as `vitrine serve` is one, without a transport: opens the library in the folder given, adds what else is given
// to the queue, and writes each event of a download as a line of JSON.
import type { Download } from '../src-shared/contract/downloads.ts';
import { openLibrary } from '../src-main/app/library.ts';

const [home, ...addresses] = process.argv.slice(2);
const library = await openLibrary({ host: 'serve', home: home! });
for (const address of addresses) library.downloads.add(address);
// Listening to nobody would end the process.
setInterval(() => {}, 1000);
const tell = (download: Download): void => void process.stdout.write(`${JSON.stringify(download)}\n`);
const events = library.events.watch({ signal: new AbortController().signal });
library.downloads.list().forEach(tell);
for await (const { event } of events) if (event.topic === 'download') tell(event.download);
