/** Every text of the window, in one place, so that it can be translated. */
export const strings = {
  product: 'Vitrine',
  navigation: 'Views',
  today: 'Not in this window yet. Today, on the command line:',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Select and copy',
  copyLabel: (command: string) => `Copy the command: ${command}`,
  views: {
    catalog: { title: 'Catalog' },
    data: { title: 'Data' },
    runs: { title: 'Runs' },
    reports: {
      title: 'Reports',
      sentence: 'Score a model on every image of a split, with intervals, calibration and its worst mistakes.',
      does: 'Writes one self-contained HTML file, the same in JSON, and the predictions in CSV.',
      command: 'npx vitrine evaluate runs/mine/model.npz photos --split test --report reports/mine',
    },
    playground: {
      title: 'Playground',
      sentence: 'Try a model on single images and see what it answers, and how sure it is.',
      does: 'Prints the most likely classes of each image.',
      command: 'npx vitrine predict runs/mine/model.npz photo.jpg --top 5',
    },
    engine: {
      title: 'Engine',
      sentence: 'Which engine computes on this machine, why this one, and what to do to get a faster one.',
      does: 'Names the engine, TensorFlow, devices and threads, and the reason for each that was not taken.',
      command: 'npx vitrine engine status',
    },
    settings: {
      title: 'Settings',
      sentence: 'How this window looks. Everything else is set where it is used, on the command line.',
      does: 'Prints every field of a training configuration with its value.',
      command: 'npx vitrine config augreg:Ti_16',
    },
  },
  theme: {
    legend: 'Appearance',
    system: 'As the system',
    light: 'Light',
    dark: 'Dark',
  },
  status: {
    label: 'Status',
    asking: 'Asking for the engine…',
    noEngine: 'No engine',
    engine: (kind: 'tensorflow' | 'wasm', version: string) =>
      `${kind === 'tensorflow' ? 'TensorFlow' : 'WebAssembly'} ${version}`,
    run: ({ name, state, step, total }: Record<'name' | 'state' | 'step' | 'total', string>) =>
      `Run “${name}” ${state}, step ${step} of ${total}`,
    downloads: (count: number) => `${count} ${count === 1 ? 'download' : 'downloads'}`,
    offline: 'Offline',
    online: 'Requests only where you ask',
  },
} as const;
