// Plain `npx mocha` runs the unit tier: `--watch`, `--grep` and editors work as usual. File names given on the command line replace that list.
const { filesOf } = require('./scripts/tiers.cjs');

const args = process.argv.slice(2);
const isNamed = args.some((arg) => /\.spec\.tsx?$|^(\.\/)?spec\//.test(arg));
// Modules are imported as ES modules, which is what the package is. Mocha can only reload CommonJS, so `--watch` lets tsx compile to that.
const isWatching = args.includes('--watch') || args.includes('-w');

module.exports = {
  'node-option': [isWatching ? 'import=tsx' : 'import=tsx/esm', 'enable-source-maps'],
  require: './spec/support/fast-check.cjs',
  reporter: './scripts/reporter.cjs',
  // A guard against hangs, not against slowness.
  timeout: 60_000,
  'watch-files': ['lib/**/*.ts', 'spec/**/*.ts'],
  ...(isNamed ? {} : { spec: filesOf('unit') }),
};
