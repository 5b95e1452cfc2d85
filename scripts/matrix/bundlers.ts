import { SENDS_AND_RECEIVES, type Project } from './project.js';

/** What a page imports; it runs in Node as well, where it observes no page. */
const PAGE = `import { fromPageViews, pageTransport } from 'rx-event-collector/browser';
import { sendAndReceive } from './send.mjs';
if (typeof fromPageViews !== 'function' || typeof pageTransport !== 'function') throw new Error('No ./browser');
sendAndReceive().then(console.log, (error) => {
  console.error(error);
  process.exitCode = 1;
});
`;

/** Bundles, and runs the bundle. */
const run = (build: string): string => `${build}
await import('./out/page.mjs');
`;

const project = (name: string, installs: readonly string[], build: string, more: Partial<Project> = {}): Project => ({
  name,
  installs,
  files: { 'send.mjs': SENDS_AND_RECEIVES, 'page.mjs': PAGE, 'run.mjs': run(build) },
  command: ['node', 'run.mjs'],
  ...more,
});

const VITE = `import { build } from 'vite';
await build({ logLevel: 'warn', build: { lib: { entry: 'page.mjs', formats: ['es'], fileName: () => 'page.mjs' }, outDir: 'out' } });`;

/** A warning is a failure, except of io-ts, which has helpers of TypeScript. */
const ROLLUP = `import { rollup } from 'rollup';
import { nodeResolve } from '@rollup/plugin-node-resolve';
const onwarn = ({ code, message }) => {
  if (code !== 'THIS_IS_UNDEFINED') throw new Error(message);
};
const bundle = await rollup({ input: 'page.mjs', plugins: [nodeResolve({ browser: true })], onwarn });
await bundle.write({ file: 'out/page.mjs' });`;

const ESBUILD = `import { build } from 'esbuild';
await build({ entryPoints: ['page.mjs'], bundle: true, minify: true, format: 'esm', outdir: 'out', outExtension: { '.js': '.mjs' } });`;

/** webpack's interface, which rspack shares. A warning is a failure. */
const webpackBuild = (name: string): string => `import bundler from '${name}';
const { rspack = bundler } = bundler;
const settings = {
  mode: 'production', entry: './page.mjs', experiments: { outputModule: true }, target: ['web', 'es2022'],
  output: { path: process.cwd() + '/out', filename: 'page.mjs', module: true }, performance: false,
};
const stats = await new Promise((resolve, reject) => rspack(settings, (error, result) => (error ? reject(error) : resolve(result))));
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());`;

const WEBPACK_FOR_NODE: Project = {
  name: 'webpack-5-node',
  installs: ['webpack@5', 'webpack-cli@6'],
  files: {
    'a.js': "const { openEventStore } = require('rx-event-collector/node'); console.log(openEventStore);",
    // A warning is a failure.
    'webpack.config.js': "module.exports = { mode: 'production', target: 'node', entry: './a.js', ignoreWarnings: [] };",
  },
  command: ['webpack', '--fail-on-warnings'],
};

const PARCEL: Project = {
  name: 'parcel-2',
  installs: ['parcel@2'],
  files: {
    'send.mjs': SENDS_AND_RECEIVES,
    'page.mjs': PAGE,
    'run.mjs': `import { execFileSync } from 'node:child_process';
execFileSync('npx', ['--no-install', 'parcel', 'build', '--no-cache'], { stdio: 'inherit' });
await import('./out/page.mjs');`,
  },
  command: ['node', 'run.mjs'],
  manifest: {
    source: 'page.mjs',
    page: 'out/page.mjs',
    targets: { page: { context: 'browser', outputFormat: 'esmodule', includeNodeModules: true, isLibrary: true } },
    // Otherwise Parcel 2 ignores `exports`.
    '@parcel/resolver-default': { packageExports: true },
  },
};

export const BUNDLERS: readonly Project[] = [
  ...['6', '7'].map((version) => project(`vite-${version}`, [`vite@${version}`], VITE)),
  project('rollup-4', ['rollup@4', '@rollup/plugin-node-resolve'], ROLLUP),
  project('esbuild', ['esbuild'], ESBUILD),
  project('webpack-5', ['webpack@5'], webpackBuild('webpack')),
  WEBPACK_FOR_NODE,
  project('rspack-1', ['@rspack/core@1'], webpackBuild('@rspack/core')),
  PARCEL,
];
