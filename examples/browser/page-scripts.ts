import { basename, join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles `page.ts` for browsers: `page.js`, and files that it imports. Code that only the devtools need is in separate files, which a page loads
 * when they are first opened.
 */
export async function pageScripts(): Promise<ReadonlyMap<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    outdir: import.meta.dirname,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}
