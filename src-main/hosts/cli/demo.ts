// `npm run demo`: the command line's own `demo`.
import { main } from './main.ts';

process.exitCode = await main(['demo', ...process.argv.slice(2)]);
