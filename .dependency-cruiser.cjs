// @ts-check
/** The layers of `lib`: `npm run lint:layers`. A folder may use its own layer and lower ones, which are listed first; the exceptions follow. */
const LAYERS = [
  ['event', 'errors', 'internal'],
  ['config', 'consent', 'ledger', 'sink'],
  ['lane', 'sinks'],
  ['operators', 'sampling', 'redaction'],
  ['collector', 'features'],
  ['index.ts'],
  ['ports'],
  ['codecs', 'http', 'ingest', 'node', 'browser', 'angular', 'otlp', 'nats', 'postgres', 'vendors', 'devtools'],
  ['testing'],
];
const FOLDERS = LAYERS.flat();

/** What a folder may import from packages, beyond `rxjs`. */
const PACKAGES = {
  codecs: ['io-ts', 'fp-ts'],
  ingest: ['io-ts', 'fp-ts', 'node:http'],
  angular: ['@angular/core', '@angular/common', '@angular/router'],
  devtools: ['uplot'],
};

/** @param {readonly string[]} folders */
const inside = (folders) =>
  `^lib/(${folders.map((folder) => folder.replace('.', '\\.') + (folder.endsWith('.ts') ? '$' : '/')).join('|')})`;
/** @param {readonly string[]} names */
const packages = (names) => names.map((name) => (name.startsWith('node:') ? `^${name}$` : `^node_modules/${name}/`));
const isModule = { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'core', 'unknown', 'undetermined'] };

module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'No import cycles, imports of types included.', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^node:' } },
    {
      name: 'every-folder-has-a-layer',
      comment: 'A new folder has to be listed above.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lib/', pathNot: inside(FOLDERS) },
    },
    ...LAYERS.slice(0, -1).map((layer, index) => ({
      name: `only-lower-layers: ${layer.join(', ')}`,
      severity: 'error',
      from: { path: inside(layer) },
      to: { path: inside(LAYERS.slice(index + 1).flat()) },
    })),
    {
      name: 'sinks-describe-one-attempt',
      comment: 'A sink knows events and errors, and nothing about lanes.',
      severity: 'error',
      from: { path: '^lib/sinks/' },
      to: { path: '^lib/', pathNot: inside(['sinks', 'sink', 'event', 'errors', 'internal']) },
    },
    {
      name: 'lanes-know-no-collector',
      severity: 'error',
      from: { path: '^lib/lane/' },
      to: { path: '^lib/', pathNot: inside(['lane', 'sink', 'ledger', 'config', 'event', 'errors', 'internal']) },
    },
    {
      name: 'index-is-for-users',
      comment: 'Inside of the library a module is imported from its own file.',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lib/index\\.ts$' },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^lib/(?!testing/)' },
      to: { path: '^lib/testing/' },
    },
    {
      name: 'uuid-makes-ids-only',
      severity: 'error',
      from: { path: '^lib/', pathNot: '^lib/event/new-id\\.ts$' },
      to: { path: '^node_modules/uuid/' },
    },
    ...FOLDERS.map((folder) => ({
      name: `packages: ${folder}`,
      comment: 'Each package has one folder that imports it; the core imports rxjs and uuid.',
      severity: 'error',
      from: { path: inside([folder]) },
      to: {
        ...isModule,
        pathNot: [
          '^node_modules/rxjs/',
          ...(folder === 'event' ? packages(['uuid']) : []),
          ...packages(PACKAGES[/** @type {keyof typeof PACKAGES} */ (folder)] ?? []),
          ...(folder === 'node' ? ['^(node:)?[a-z_/]+$'] : []),
          ...(folder === 'ingest' ? ['^http$'] : []),
        ],
      },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
