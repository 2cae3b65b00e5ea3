// What `npm start` opens. Pure, so that each case is tested; it runs on whatever Node the machine has.

/**
 * The window where there is a display and Electron's binary, otherwise a served page; "ask" where only the binary is
 * missing and somebody can say whether to fetch it.
 */
export function chooseHost({ args, env, platform, root, electron, terminal }) {
  const serve = (why) => ({ host: 'serve', why });
  if (args.includes('--serve')) return serve('--serve asks for it');
  if (env.VITRINE_HOST === 'serve') return serve('VITRINE_HOST=serve asks for it');
  if (args.length > 0) return serve(`${args[0]} is an option of "vitrine serve"`);
  const display = displayOf(env, platform);
  if (!display.there) return serve(display.why);
  if (platform === 'linux' && root) return serve("Electron doesn't run as root");
  if (electron) return { host: 'electron', why: `${display.why} and Electron's binary` };
  if (!terminal) return serve("Electron's binary is not here, and nobody can be asked whether to fetch it");
  return { host: 'ask', why: "Electron's binary is not here" };
}

function displayOf(env, platform) {
  if (platform === 'win32') return { there: true, why: 'there is a desktop' };
  if (platform === 'darwin') {
    return env.SSH_CONNECTION
      ? { there: false, why: 'this is a connection by SSH' }
      : { there: true, why: 'there is a desktop' };
  }
  const name = env.WAYLAND_DISPLAY || env.DISPLAY;
  return name
    ? { there: true, why: `there is a display (${name})` }
    : { there: false, why: 'there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set)' };
}
