/** Everything that the desktop itself says; the window's own texts are the window's. */
export const strings = {
  failed: 'Vitrine could not start',
  quit: {
    title: (names: readonly string[]) =>
      names.length === 1 ? `“${names[0]}” is training.` : `${names.length} trainings are going.`,
    detail:
      'A training ends with the app. Paused, it is saved now and goes on at the next start. Stopped, its newest state is kept and it stays stopped.',
    pause: 'Pause and Quit',
    stop: 'Stop and Quit',
    cancel: 'Cancel',
  },
  ended: {
    finished: (name: string) => ({ title: `“${name}” has finished`, body: 'Its model and curves are in Runs.' }),
    failed: (name: string, why: string | null) => ({
      title: `“${name}” has failed`,
      body: why ?? 'Runs has what it said last.',
    }),
  },
  crash: {
    title: 'The window has stopped working.',
    detail: (reason: string) => `The part that draws it ended (${reason}). Trainings and downloads are not touched.`,
    reload: 'Show It Again',
    quit: 'Quit',
  },
  open: {
    title: 'Open a checkpoint',
    filter: { checkpoint: 'Checkpoints', image: 'Images', data: 'Data sets', any: 'All files' },
    failed: (name: string) => `${name} could not be opened`,
  },
  updates: {
    found: (version: string) => `Vitrine ${version} is there.`,
    detail: 'It is downloaded only if you say so, and installed when Vitrine quits.',
    download: 'Download',
    later: 'Later',
    ready: (version: string) => `Vitrine ${version} is downloaded.`,
    readyDetail: 'It is installed when Vitrine quits.',
    restart: 'Quit and Install',
    purpose: 'looking for a new version of Vitrine',
  },
  menu: {
    file: 'File',
    newRun: 'New Run…',
    open: 'Open Checkpoint…',
    settings: 'Settings…',
    view: 'View',
    go: 'Go',
    places: {
      catalog: 'Catalog',
      data: 'Data',
      runs: 'Runs',
      reports: 'Reports',
      playground: 'Playground',
      engine: 'Engine',
    },
    documentation: 'Documentation',
    bug: 'Report a Bug',
    library: 'Show the Library Folder',
  },
} as const;
