/** `npm run docs:site` writes the site into `site/dist`, without the network. Install once: `npm ci --prefix site --ignore-scripts`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './pages.mjs';
import { writeSourcePages } from './source-pages.mjs';

const OUT = join(import.meta.dirname, 'dist');

if (!existsSync(join(import.meta.dirname, 'node_modules/vitepress'))) {
  console.error('The site has packages of its own. Install them: npm ci --prefix site --ignore-scripts');
  process.exit(1);
}
const { build } = await import('vitepress');
const esbuild = await import('esbuild');

await build(import.meta.dirname);
await writePlayground();
// Beside the pages, with links to views of the source files.
execFileSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/typedoc/bin/typedoc'),
    '--out',
    join(OUT, 'api'),
    '--readme',
    'none',
    '--sourceLinkTemplate',
    '/source/{path}.html#L{line}',
    '--logLevel',
    'Error',
    '--treatWarningsAsErrors',
    'false',
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
writeSourcePages(linkedSources(), OUT);

/** What pages and reference link to below `/source/`, by its path in the repository. */
function linkedSources() {
  const files = readdirSync(OUT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  const links = files.flatMap((file) => [...readFileSync(join(OUT, file), 'utf8').matchAll(/href="\/source\/([^"#]+?)\.html/g)]);
  return [...new Set(links.map(([, path]) => path.replace(/\/index$/, '')))].filter((path) => existsSync(join(ROOT, path)));
}

/** The entries that run in a page, and RxJS, as modules that share theirs. */
function writePlayground() {
  const entry = (name) => [name, join(ROOT, 'lib', name === 'index' ? '' : name, 'index.ts')];
  return esbuild.build({
    entryPoints: { ...Object.fromEntries(['index', 'browser', 'devtools', 'http', 'ingest', 'testing'].map(entry)), rxjs: 'rxjs' },
    outdir: join(OUT, 'playground'),
    absWorkingDir: ROOT,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    chunkNames: 'chunk-[hash]',
    logLevel: 'warning',
  });
}
