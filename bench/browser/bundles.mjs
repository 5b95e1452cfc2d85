import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** The page's script for a case, minified, and its gzipped size in bytes. */
export async function bundleOf(name, library) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`cases/${name}.mjs`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'bench',
    target: 'es2022',
    platform: 'browser',
    alias: { library },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
    write: false,
  });
  const [{ contents, text }] = outputFiles;
  return { script: text, bytes: gzipSync(contents, { level: 9 }).length };
}
