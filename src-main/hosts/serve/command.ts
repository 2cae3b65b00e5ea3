import type { Command, CommandContext } from '../../app/command.ts';
import { AppError } from '../../../src-shared/errors.ts';
import { DEFAULT_HOST, DEFAULT_PORT, serve } from './serve.ts';

export const command: Command = {
  name: 'serve',
  summary: 'serve the window and the contract on this machine',
  usage: `serve [--host ${DEFAULT_HOST}] [--port ${DEFAULT_PORT}] [--new-token] [--open]`,
  help: `
Serves Vitrine's window, and everything it can do, to a browser: on a machine without a screen, or one that is far away
(ssh -L ${DEFAULT_PORT}:localhost:${DEFAULT_PORT} there). Only who has the printed address gets in: it holds a token, which scripts
send as "Authorization: Bearer TOKEN" to /api (plain JSON, described by /openapi.json) or /rpc (oRPC).

The token is kept in the library (readable for its owner only), so that pages that are open go on after a restart; with
--host on another address than this machine's own it is a new one each time.

One host at a time holds the library; commands then go through it. Ctrl-C stops it.

  --host HOST  listen on another address than ${DEFAULT_HOST}; others on the network can then reach it, unencrypted
  --port N     listen on another port than ${DEFAULT_PORT}; 0 takes a free one
  --new-token  make another token: whoever has the one before is shut out
  --open       open the address in the browser
  --json       {"url", "port", "token"} as the first line

Examples:
  vitrine serve --open
  vitrine serve --json --port 0`,
  options: {
    host: { type: 'string' },
    port: { type: 'string' },
    'new-token': { type: 'boolean' },
    open: { type: 'boolean' },
  },
  async run(context) {
    if (context.positionals.length > 0)
      throw new AppError('usage', `serve takes no argument "${context.positionals[0]}".`, {
        hint: `Usage: vitrine ${command.usage}`,
      });
    const { host, open } = context.options;
    await serve({
      host: (host as string | undefined) ?? DEFAULT_HOST,
      port: portOption(context),
      newToken: context.options['new-token'] === true,
      open: open === true,
      signal: context.signal,
      log: context.log,
      announce: ({ url, port, token }) => {
        if (context.json) context.emit({ url, port, token });
        else context.print(`Vitrine is at ${url}\nCtrl-C stops it.`);
      },
    });
  },
};

function portOption({ options }: CommandContext): number {
  const option = options['port'];
  if (option === undefined) return DEFAULT_PORT;
  const port = Number(option);
  if (/^\d+$/.test(String(option)) && port <= 65535) return port;
  throw new AppError('usage', `--port is "${String(option)}", but must be a whole number from 0 to 65535.`);
}
