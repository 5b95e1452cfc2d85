import { readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { nodeResolve } from '@rollup/plugin-node-resolve';
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

/** The licence of inlined code goes with it: a notice where the code is, and the text in a file of the build. */
const fpTs = JSON.parse(readFileSync(new URL('node_modules/fp-ts/package.json', import.meta.url), 'utf8'));
const NOTICES = 'THIRD_PARTY_LICENSES.txt';
const banner = ({ modules }) =>
  Object.keys(modules).some((id) => /[\\/]fp-ts[\\/]/.test(id))
    ? `/*! @license Holds parts of fp-ts ${fpTs.version}, Copyright (c) 2017-present Giulio Canti, ${fpTs.license}: see ${NOTICES} of rx-event-collector */`
    : '';
const notices = {
  name: 'notices',
  generateBundle() {
    const licence = readFileSync(new URL('node_modules/fp-ts/LICENSE', import.meta.url), 'utf8');
    const source = `Code of other packages in this folder, and its licences.\n\nfp-ts ${fpTs.version} (${fpTs.homepage}), in shared/codecs.js\n\n${licence}`;
    this.emitFile({ type: 'asset', fileName: NOTICES, source });
  },
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
    plugins: [inlineFpTs, nodeResolve({ resolveOnly: ['fp-ts'] }), esbuild({ target: 'es2022', tsconfig: false }), notices],
    output: { ...output('.js'), banner },
  },
  {
    input,
    onLog,
    external: isPackage,
    plugins: [dts(), typesOnly],
    output: output('.d.ts'),
  },
];
