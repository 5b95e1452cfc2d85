import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/entries.js';

const ENTRIES = ['browser', 'http', 'ingest', 'node'];

/** Writes this package as an application has it installed, with the entries that web frameworks need. */
export async function bundlePackage(folder: string): Promise<void> {
  await build({
    entryPoints: {
      index: join(ROOT, 'lib/index.ts'),
      ...Object.fromEntries(ENTRIES.map((name) => [name, join(ROOT, `lib/${name}/index.ts`)])),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  const exports = { '.': './index.js', ...Object.fromEntries(ENTRIES.map((name) => [`./${name}`, `./${name}.js`])) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'rx-event-collector', version: '0.0.0', type: 'module', exports }));
}
