import { readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { transform } from 'esbuild';
import dts from 'rollup-plugin-dts';
import esbuild from 'rollup-plugin-esbuild';

const manifest = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const out = process.env.OUT_DIR ?? 'dist';

// A chunk of an earlier build must not be packed with this one.
rmSync(out, { recursive: true, force: true });

/** `exports` of package.json is the list of entries: `./dist/NAME.js` is made of lib/NAME/index.ts, `./dist/index.js` of lib/index.ts. */
const input = Object.fromEntries(
  Object.values(manifest.exports)
    .filter((target) => typeof target === 'object')
    .map((target) => target.default.replace(/^\.\/dist\/|\.js$/g, ''))
    .map((name) => [name, name === 'index' ? 'lib/index.ts' : `lib/${name}/index.ts`]),
);

/** Whatever a user has installed stays an import, types of fp-ts included. */
const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const isPackage = (id) =>
  id.startsWith('node:') || builtinModules.includes(id) || packages.some((name) => id === name || id.startsWith(`${name}/`));
const isFpTs = (id) => id.startsWith('fp-ts/');

/**
 * fp-ts has no `exports`, so that Node and bundlers disagree about its subpaths. We import the CommonJS ones, which Node finds while the
 * sources run, and put the few functions in use, from the ES modules, into the build: no published module imports fp-ts.
 */
const inlineFpTs = {
  name: 'inline-fp-ts',
  resolveId(id, importer) {
    return isFpTs(id) ? this.resolve(id.replace(/^fp-ts\/lib\/(.+)\.js$/, 'fp-ts/es6/$1.js'), importer, { skipSelf: true }) : null;
  },
};

/**
 * Packages whose code is part of the build: users don't install them. The licence goes with the code: a notice where the code is, and the text in
 * a file of the build.
 */
const INLINED = ['fp-ts', 'uplot'].map((name) => {
  const folder = new URL(`node_modules/${name}/`, import.meta.url);
  const text = readFileSync(new URL('LICENSE', folder), 'utf8');
  return { ...JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')), text, copyright: /^Copyright .*/m.exec(text)?.[0] };
});
const NOTICES = 'THIRD_PARTY_LICENSES.txt';
const isPartOf = (id, name) => id.replaceAll('\\', '/').includes(`/node_modules/${name}/`);
const inlinedIn = (modules) => INLINED.filter(({ name }) => Object.keys(modules).some((id) => isPartOf(id, name)));
const banner = ({ modules }) =>
  inlinedIn(modules)
    .map(
      ({ name, version, copyright, license }) =>
        `/*! @license Holds parts of ${name} ${version}, ${copyright}, ${license}: see ${NOTICES} of rx-event-collector */`,
    )
    .join('\n');
const notices = {
  name: 'notices',
  generateBundle(_options, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    const texts = INLINED.map(({ name, version, homepage, text }) => {
      const files = chunks.filter(({ modules }) => inlinedIn(modules).some((each) => each.name === name)).map(({ fileName }) => fileName);
      return `${name} ${version} (${homepage}), in ${files.join(', ')}\n\n${text}`;
    });
    const source = `Code of other packages in this folder, and its licences.\n\n${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}`;
    this.emitFile({ type: 'asset', fileName: NOTICES, source });
  },
};

/**
 * The parts of uPlot that charts of devtools don't use, and bundlers can't remove: 4.4 kB of 23.2 (gzip). Its drawing functions and helpers for plugins
 * are properties of its constructor; legend and cursor are options, which `chart-view.ts` turns off.
 */
const UNUSED = [
  [/^uPlot\.assign = assign;\n[^]*(?=^export \{ uPlot as default \};)/m, ''],
  [/^\tconst showLegend = legend\.show;$/m, '\tconst showLegend = false;'],
  [/^\tconst showCursor = +cursor\.show;$/m, '\tconst showCursor = false;'],
];
const smallUPlot = {
  name: 'small-uplot',
  transform(code, id) {
    if (!isPartOf(id, 'uplot')) return null;
    const small = UNUSED.reduce((text, [pattern, replacement]) => {
      if (!pattern.test(text)) throw new Error(`Expected ${id} to contain ${String(pattern)}`);
      return text.replace(pattern, replacement);
    }, code);
    return { code: small, map: null };
  },
  /** Nobody reads it here: 100 kB less to install. */
  renderChunk: (code, { name }) => (name === 'uplot' ? transform(code, { minify: true, format: 'esm', target: 'es2022' }) : null),
};

/** What rollup only warns of would be a mistake in a published file; but fp-ts's helpers do say `this` at the top of a module. */
const onLog = (level, log, handle) => {
  if (log.code !== 'THIS_IS_UNDEFINED') handle(level === 'warn' ? 'error' : level, log);
};

/** The plugin forgets that a re-export is one of types; a class would be declared, and not be there. */
const typesOnly = {
  name: 'types-only',
  renderChunk: (code) => code.replaceAll(/^export (\{[^}]+\} from '(?:fp|io)-ts)/gm, 'export type $1'),
};

/** Folders of entries whose code other entries share. */
const SHARED = ['http', 'ports', 'codecs'];

/** What codecs need of the core: no collector, and no `uuid`. */
const BASE =
  /[\\/]lib[\\/](?:internal|errors|config|event[\\/](?:categories|priority|event|epoch-ms|merge-metadata)\.|operators[\\/]step\.)/;

/** A chunk is named after what it holds: `base`, `core`, or a folder. Two files for the core start faster than eleven. */
const chunkOf = (extension) => (id) => {
  if (isPartOf(id, 'uplot')) return 'uplot';
  const folder = /[\\/]lib[\\/](\w+)[\\/]/.exec(id)?.[1];
  if (folder === undefined || SHARED.includes(folder)) return folder;
  // Types depend on each other in both directions.
  if (extension === '.js' && BASE.test(id)) return 'base';
  return `${folder}/index.ts` in entryFolders ? undefined : 'core';
};

const entryFolders = Object.fromEntries(Object.values(input).map((file) => [file.replace('lib/', ''), true]));

/** @param {string} extension */
const output = (extension) => ({
  dir: out,
  format: 'es',
  entryFileNames: `[name]${extension}`,
  chunkFileNames: `shared/[name]${extension}`,
  manualChunks: chunkOf(extension),
  hoistTransitiveImports: false,
  minifyInternalExports: false,
});

export default [
  {
    input,
    onLog,
    external: (id) => isPackage(id) && !isFpTs(id),
    plugins: [
      inlineFpTs,
      nodeResolve({ resolveOnly: ['fp-ts', 'uplot'] }),
      smallUPlot,
      esbuild({ target: 'es2022', tsconfig: false }),
      notices,
    ],
    output: { ...output('.js'), banner },
  },
  {
    input,
    onLog,
    external: (id) => isPackage(id) || id === 'uplot',
    plugins: [dts(), typesOnly],
    output: output('.d.ts'),
  },
];
