// Who may import whom. A breach fails `npm run layers`; e2e/layers.test.ts plants one of each kind to show that it does.

const TESTS = '\\.test\\.ts$';
/** Packages without Node, DOM or TensorFlow in them: what pure code may build on. */
const PURE_PACKAGES = '^node_modules/(valibot|@orpc/contract)/';

export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^vitest/config$|\\?(worker|url|raw)$' },
    },
    {
      name: 'shared-imports-only-shared',
      comment: 'src-shared runs in every process: it imports nothing of the others.',
      severity: 'error',
      from: { path: '^src-shared/' },
      to: { path: '^(src-(?!shared/)|e2e/|bench/|bin/)' },
    },
    {
      name: 'shared-is-pure',
      comment: 'src-shared has no Node built-ins and no packages but pure ones (tests may read files).',
      severity: 'error',
      from: { path: '^src-shared/', pathNot: TESTS },
      to: { pathNot: `^src-shared/|${PURE_PACKAGES}` },
    },
    {
      name: 'worker-imports-only-shared',
      comment: 'src-worker is started as processes and talked to through src-shared/contract.',
      severity: 'error',
      from: { path: '^src-worker/' },
      to: { path: '^(src-(?!shared/|worker/)|e2e/|bench/|bin/)' },
    },
    {
      name: 'main-never-imports-worker-or-renderer',
      comment: 'Main starts workers as processes and serves the renderer as files.',
      severity: 'error',
      from: { path: '^src-main/' },
      to: { path: '^(src-(worker|renderer)/|e2e/|bench/|bin/)' },
    },
    {
      name: 'services-never-import-hosts',
      comment: 'A service does not know which host it runs in, nor how it is put together with the others.',
      severity: 'error',
      from: { path: '^src-main/(services|database|workers)/' },
      to: { path: '^src-main/(hosts|app)/' },
    },
    {
      name: 'app-never-imports-hosts',
      comment: 'The application is the same in every host.',
      severity: 'error',
      from: { path: '^src-main/app/' },
      to: { path: '^src-main/hosts/' },
    },
    {
      name: 'no-service-insides',
      comment: 'A service imports another service through its service.ts, never its insides.',
      severity: 'error',
      from: { path: '^src-main/services/([^/]+)/' },
      to: { path: '^src-main/services/[^/]+/', pathNot: '^src-main/services/($1/|[^/]+/service\\.ts$)' },
    },
    {
      name: 'database-and-workers-are-below-services',
      comment: 'src-main/database and src-main/workers import src-shared and each only itself (and where files lie).',
      severity: 'error',
      from: { path: '^src-main/(database|workers)/' },
      to: { path: '^src-main/', pathNot: ['^src-main/$1/', '^src-main/places\\.ts$'] },
    },
    {
      name: 'hosts-never-import-one-another',
      comment: 'A host is a composition root.',
      severity: 'error',
      from: { path: '^src-main/hosts/([^/]+)/' },
      to: { path: '^src-main/hosts/', pathNot: '^src-main/hosts/$1/' },
    },
    {
      name: 'renderer-imports-only-shared',
      comment: 'The renderer is a plain web app: no Node, no main, no worker.',
      severity: 'error',
      from: { path: '^src-renderer/' },
      to: { path: '^(src-(?!shared/|renderer/)|e2e/|bench/|bin/)' },
    },
    {
      name: 'renderer-has-no-node',
      comment: 'The renderer runs in a sandbox.',
      severity: 'error',
      from: { path: '^src-renderer/', pathNot: TESTS },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-the-electron-host-imports-electron',
      severity: 'error',
      from: { pathNot: '^src-main/hosts/electron/' },
      to: { path: '^(node_modules/)?electron(/|$)' },
    },
    {
      name: 'only-the-worker-imports-tensorflow',
      comment: 'Main and renderer must start without TensorFlow; the benchmarks compare with it.',
      severity: 'error',
      from: { path: '^src-', pathNot: '^src-worker/' },
      to: { path: '^(node_modules/)?@tensorflow/' },
    },
    {
      name: 'only-network-makes-requests',
      comment: 'Every request passes services/network, which writes it down; app/http only answers.',
      severity: 'error',
      from: {
        path: '^src-(main|worker)/',
        pathNot: ['^src-main/services/network/', '^src-main/app/http/', TESTS, '\\.fixture\\.ts$'],
      },
      to: { path: '^(node:)?(http|https|http2|tls|dgram)$|^node_modules/(undici|axios|got|node-fetch|ws)/' },
    },
    {
      name: 'no-development-dependencies-in-sources',
      comment: 'What ships must install without development dependencies (Electron brings itself).',
      severity: 'error',
      from: { path: '^src-', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/electron/' },
    },
    {
      name: 'no-unlisted-packages',
      comment: 'A package must stand in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|coverage)/|^bench/goldens/' },
    tsPreCompilationDeps: true,
    preserveSymlinks: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'svelte', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.svelte', '.json', '.d.ts'],
    },
  },
};
