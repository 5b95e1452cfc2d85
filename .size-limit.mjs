/**
 * Bundle sizes of `dist`, minified and gzipped, 1 kB = 1,000 bytes: `npm run size`. `npm run figures` writes them into the README, by these names.
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
  ['`EventCollector`', { index: '{ EventCollector }' }, [19.1, 27.3, 25.6]],
  ['`EventCollector` and `defaultRedaction`', { index: '{ EventCollector, defaultRedaction }' }, [23, 31.1, 29.4]],
  [
    '`EventCollector`, `httpSink`, `pageTransport` and `withPageLifecycle`',
    { index: '{ EventCollector }', http: '{ httpSink }', browser: '{ pageTransport, withPageLifecycle }' },
    [23.6, 32.5, 30.6],
  ],
  ['`batch` and `deliver`', { index: '{ batch, deliver }' }, [8.4, 16, 14.3]],
  ['`batch`', { index: '{ batch }' }, [4.1, 7.9, 7]],
];
/** Everything that an entry exports, together with everything of the core, without packages: limits in kB. */
const ENTRIES = { index: 28.3, angular: 32.4, browser: 33.3, codecs: 32.2, http: 32.5, ingest: 35.8, node: 40.1, testing: 35.4 };

const check = (name, imports, limit, conditions, external) => ({
  name,
  import: Object.fromEntries(Object.entries(imports).map(([entry, names]) => [`dist/${entry}.js`, names])),
  limit: `${limit} kB`,
  gzip: true,
  modifyEsbuildConfig: (config) => ({ ...config, format: 'esm', conditions, external: ['node:*', ...external] }),
});

/** Size-limit can't import two namespaces, but lists of names. */
const everythingOf = async (entry) => `{ ${Object.keys(await import(`./dist/${entry}.js`)).join(', ')} }`;

const entries = Object.keys(exports)
  .filter((path) => path !== './package.json')
  .map((path) => (path === '.' ? 'index' : path.slice(2)));
const everything = Object.fromEntries(await Promise.all(entries.map(async (entry) => [entry, await everythingOf(entry)])));
const others = packages.filter((name) => !bundled.includes(name));

export default [
  ...USES.flatMap(([name, imports, [own, whole, es2015]]) => [
    check(`${name}: own`, imports, own, [], packages),
    check(`${name}: with packages`, imports, whole, [], others),
    check(`${name}: es2015`, imports, es2015, ['es2015'], others),
  ]),
  ...entries.map((entry) =>
    check(`everything: ${entry}`, { index: everything.index, [entry]: everything[entry] }, ENTRIES[entry], [], packages),
  ),
  check('imports without uses', { index: '{}', http: '{}', browser: '{}', codecs: '{}' }, 0.1, [], others),
];
