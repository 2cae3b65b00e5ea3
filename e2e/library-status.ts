// What a command does that needs the library: prints who answered. Its own process, as commands are.
import { openClient } from '../src-main/hosts/cli/open-client.ts';

const { client, through, close } = await openClient({ signal: new AbortController().signal });
try {
  const { host, pid } = await client.system.status();
  const missing = await client.datasets.get({ id: 'none' }).catch((error: unknown) => error);
  const { name, code } = missing as { name?: string; code?: string };
  console.log(
    JSON.stringify({ host, pid, through: through === 'in-process' ? through : through.pid, missing: { name, code } }),
  );
} finally {
  await close();
}
