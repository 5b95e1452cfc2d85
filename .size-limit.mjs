/**
 * Bundle sizes of `dist`, minified and gzipped, 1 kB = 1,000 bytes: `npm run size`. `npm run figures` writes them into docs/entries.md, by these names.
 * A use of the package has three figures: its own code, with its dependencies, and with RxJS's `es2015` build, which Angular's builder takes.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
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
    [20.6, 27.3, 25.6],
  ],
  [
    '`createCollector`, `httpSink`, `pageTransport` and `withPageLifecycle`',
    { index: '{ createCollector }', http: '{ httpSink }', browser: '{ pageTransport, withPageLifecycle }' },
    [25.2, 31.8, 30.2],
  ],
  [
    '`createCollector`, `postSink`, `pageSend`, `withPageLifecycle`, `withConsent`, `withRedaction` and `defaultRedaction`',
    {
      index: '{ createCollector, withConsent, withRedaction, defaultRedaction }',
      http: '{ postSink }',
      browser: '{ pageSend, withPageLifecycle }',
    },
    [32.7, 39.4, 37.7],
  ],
  ['`EventCollector`', { index: '{ EventCollector }' }, [30.3, 38, 36.3]],
  ['`EventCollector` and `defaultRedaction`', { index: '{ EventCollector, defaultRedaction }' }, [38.4, 46.2, 44.5]],
  [
    '`EventCollector`, `httpSink`, `pageTransport` and `withPageLifecycle`',
    { index: '{ EventCollector }', http: '{ httpSink }', browser: '{ pageTransport, withPageLifecycle }' },
    [37.5, 45.1, 43.4],
  ],
  ['`batch` and `deliver`', { index: '{ batch, deliver }' }, [11.2, 16.7, 15.3]],
  ['`batch`', { index: '{ batch }' }, [4.8, 8.6, 7.7]],
  ['`aggregate`', { index: '{ aggregate }' }, [3.3, 6.3, 5.4]],
];
/** Everything that an entry exports, together with everything of the core, without packages: limits in kB. */
const ENTRIES = {
  index: 50.5,
  angular: 57.4,
  browser: 62.9,
  codecs: 54.5,
  devtools: 84.5,
  http: 56.8,
  ingest: 59.5,
  nats: 57.4,
  node: 74.3,
  otlp: 54.3,
  postgres: 52.6,
  testing: 60.2,
  vendors: 54.2,
};

/** Presets for `httpSink`: limits of what each adds to a page that has `httpSink`, in bytes. */
const PRESETS = {
  amplitude: 750,
  clickHouse: 668,
  datadog: 485,
  elasticsearch: 605,
  ga4: 500,
  loki: 490,
  mixpanel: 562,
  postHog: 736,
  segment: 583,
  snowplow: 500,
};

const check = (name, imports, limit, conditions, external) => ({
  name,
  import: Object.fromEntries(Object.entries(imports).map(([entry, names]) => [`dist/${entry}.js`, names])),
  limit: `${limit} kB`,
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', conditions, external: ['node:*', ...external] }),
});

/** What size-limit subtracts: the size of a page with an import of nothing. */
const EMPTY_PAGE_BYTES = 46;

/** The gzipped size of a page that has `httpSink` and nothing else, as size-limit measures it. */
async function httpSinkBytes() {
  const contents = 'export { httpSink } from "./dist/http.js"';
  const resolveDir = new URL('.', import.meta.url).pathname;
  const options = { bundle: true, minify: true, format: 'esm', write: false, external: ['node:*', ...packages] };
  const { outputFiles } = await build({ stdin: { contents, resolveDir }, ...options });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length - EMPTY_PAGE_BYTES;
}

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
const sinkBytes = await httpSinkBytes();
const others = packages.filter((name) => !bundled.includes(name));

export default [
  ...USES.flatMap(([name, imports, [own, whole, es2015]]) => [
    check(`${name}: own`, imports, own, [], packages),
    check(`${name}: with packages`, imports, whole, [], others),
    check(`${name}: es2015`, imports, es2015, ['es2015'], others),
  ]),
  ...everythingWith.map(([entry, imports]) => check(`everything: ${entry}`, imports, ENTRIES[entry], [], packages)),
  ...Object.entries(PRESETS).map(([name, bytes]) =>
    check(`httpSink and ${name}`, { http: '{ httpSink }', vendors: `{ ${name} }` }, (sinkBytes + bytes) / 1_000, [], packages),
  ),
  check('the element of devtools, with uPlot', { devtools: '{ defineDevtools }' }, 30, [], packages),
  check('imports without uses', { index: '{}', http: '{}', browser: '{}', codecs: '{}' }, 0.1, [], others),
];
