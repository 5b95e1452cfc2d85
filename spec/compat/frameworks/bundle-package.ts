import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/entries.js';

/** Writes this package as an application has it installed, with the entries that servers need. */
export async function bundlePackage(folder: string): Promise<void> {
  await build({
    entryPoints: { index: join(ROOT, 'lib/index.ts'), ingest: join(ROOT, 'lib/ingest/index.ts') },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  const exports = { '.': './index.js', './ingest': './ingest.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'rx-event-collector', version: '0.0.0', type: 'module', exports }));
}
