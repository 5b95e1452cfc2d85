// @ts-check
// Which specs belong to which tier. The file name decides: `NAME.TIER.spec.ts` or `TIER.spec.ts`; everything in spec/angular is the `angular` tier,
// because zone.js patches timers and promises of its process; everything in spec/compat is `compat` and needs packages that `npm run test:compat` installs; all
// other specs are `unit`.
const { readdirSync } = require('node:fs');
const { join } = require('node:path');

/** In the order in which `npm test` starts them: the longest first. */
const TIERS = /** @type {const} */ (['unit', 'process', 'sim', 'docs', 'package', 'browser', 'angular', 'compat']);

/** @typedef {typeof TIERS[number]} Tier */

/** @returns {Tier} @param {string} file From the root: `spec/operators/batch.spec.ts`. */
function tierOf(file) {
  if (file.startsWith('spec/angular/')) return 'angular';
  if (file.startsWith('spec/compat/')) return 'compat';
  const name = /(?:^|[./])(\w+)\.spec\.tsx?$/.exec(file)?.[1];
  return TIERS.find((tier) => tier === name) ?? 'unit';
}

/** Every spec of a tier, sorted. @returns {string[]} @param {Tier} tier */
function filesOf(tier) {
  return readdirSync(join(__dirname, '../spec'), { recursive: true, encoding: 'utf8' })
    .map((file) => `spec/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.spec\.tsx?$/.test(file) && !file.includes('/node_modules/') && tierOf(file) === tier)
    .sort();
}

module.exports = { TIERS, tierOf, filesOf };
