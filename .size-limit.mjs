/**
 * Bundle sizes of `dist`, minified and gzipped, 1 kB = 1,000 bytes: `npm run size`. `npm run figures` writes them into docs/entries.md, by these names.
 * A use of the package has three figures: its own code, with its dependencies, and with RxJS's `es2015` build, which Angular's builder takes.
 */
import { readFileSync } from 'node:fs';
// Without a build step Angular's packages need its compiler.
import '@angular/compiler';

const { dependencies, peerDependencies, exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const packages = Object.keys({ ...dependencies, ...peerDependencies });
const bundled = ['rxjs', 'uuid', 'io-ts', 'fp-ts'];

/** What users take, alone or together: name, imports by entry, limits in kB. */
const USES = [
  ['`createCollector`', { index: '{ createCollector }' }, [16.8, 23.7, 22]],
  [
    '`createCollector`, `postSink`, `pageSend` and `withPageLifecycle`',
    { index: '{ createCollector }', http: '{ postSink }', browser: '{ pageSend, withPageLifecycle }' },
    [20.5, 27.2, 25.5],
  ],
  [
    '`createCollector`, `httpSink`, `pageTransport` and `withPageLifecycle`',
    { index: '{ createCollector }', http: '{ httpSink }', browser: '{ pageTransport, withPageLifecycle }' },
    [24.8, 31.4, 29.8],
  ],
  [
    '`createCollector`, `postSink`, `pageSend`, `withPageLifecycle`, `withConsent`, `withRedaction` and `defaultRedaction`',
    {
      index: '{ createCollector, withConsent, withRedaction, defaultRedaction }',
      http: '{ postSink }',
      browser: '{ pageSend, withPageLifecycle }',
    },
    [31.8, 38.5, 36.8],
  ],
  ['`EventCollector`', { index: '{ EventCollector }' }, [29.4, 37.2, 35.5]],
  ['`EventCollector` and `defaultRedaction`', { index: '{ EventCollector, defaultRedaction }' }, [37, 44.8, 43.1]],
  [
    '`EventCollector`, `httpSink`, `pageTransport` and `withPageLifecycle`',
    { index: '{ EventCollector }', http: '{ httpSink }', browser: '{ pageTransport, withPageLifecycle }' },
    [36.2, 43.8, 42.1],
  ],
  ['`batch` and `deliver`', { index: '{ batch, deliver }' }, [11.9, 17.4, 16]],
  ['`batch`', { index: '{ batch }' }, [5.1, 8.9, 8]],
  ['`aggregate`', { index: '{ aggregate }' }, [3.7, 6.8, 5.9]],
];
/** Everything that an entry exports, together with everything of the core, without packages: limits in kB. */
const ENTRIES = {
  index: 46.3,
  angular: 51.2,
  browser: 57.1,
  codecs: 50.3,
  devtools: 59.6,
  http: 52.5,
  ingest: 55.3,
  nats: 51.8,
  node: 68.1,
  otlp: 49.6,
  postgres: 48.5,
  testing: 55.9,
  vendors: 50.1,
};

const check = (name, imports, limit, conditions, external) => ({
  name,
  import: Object.fromEntries(Object.entries(imports).map(([entry, names]) => [`dist/${entry}.js`, names])),
  limit: `${limit} kB`,
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', conditions, external: ['node:*', ...external] }),
});

/** Size-limit can't import two namespaces, but lists of names. The Angular entry and the core share some. */
const namesOf = async (entry, except = []) => Object.keys(await import(`./dist/${entry}.js`)).filter((name) => !except.includes(name));
const listOf = (names) => `{ ${names.join(', ')} }`;

const entries = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => (path === '.' ? 'index' : path.slice(2)));
const everythingWith = await Promise.all(
  entries.map(async (entry) => {
    const names = await namesOf(entry);
    return [entry, { index: listOf(await namesOf('index', entry === 'index' ? [] : names)), [entry]: listOf(names) }];
  }),
);
const others = packages.filter((name) => !bundled.includes(name));

export default [
  ...USES.flatMap(([name, imports, [own, whole, es2015]]) => [
    check(`${name}: own`, imports, own, [], packages),
    check(`${name}: with packages`, imports, whole, [], others),
    check(`${name}: es2015`, imports, es2015, ['es2015'], others),
  ]),
  ...everythingWith.map(([entry, imports]) => check(`everything: ${entry}`, imports, ENTRIES[entry], [], packages)),
  check(
    'the element of devtools, with uPlot',
    { devtools: '{ defineDevtools }' },
    33,
    [],
    packages.filter((name) => name !== 'uplot'),
  ),
  check('imports without uses', { index: '{}', http: '{}', browser: '{}', codecs: '{}' }, 0.1, [], others),
];
