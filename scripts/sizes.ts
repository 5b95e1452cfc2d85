import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { entries, ROOT } from './entries.js';

const CORE = './lib/index.ts';
/** What users take from the core, alone or together. */
const USES = [['EventCollector'], ['EventCollector', 'defaultRedaction'], ['batch', 'deliver'], ['batch']];

/**
 * Sizes of bundles for browsers, minified and zipped, in kB of 1,000 bytes, by the first cell of the README's rows. Of an entry: its own code, of
 * all that it exports, beyond the core's. Of a use of the core: its own code, and with rxjs and uuid.
 */
export async function measureSizes(): Promise<ReadonlyMap<string, readonly number[]>> {
  const core = await bundledSize(`export * from '${CORE}';`);
  const sizes = new Map<string, readonly number[]>();
  for (const { path, specifier, source } of entries()) {
    const both = `export * from '${CORE}'; export * as entry from './${source}';`;
    sizes.set(`\`${specifier}\``, [path === '.' ? core : (await bundledSize(both)) - core]);
  }
  for (const names of USES) {
    const code = `export { ${names.join(', ')} } from '${CORE}';`;
    const label = names.map((name) => `\`${name}\``).join(' and ');
    sizes.set(label, [await bundledSize(code), await bundledSize(code, [])]);
  }
  return sizes;
}

/** A page with the sizes in the rows that are about them. */
export function withSizes(page: string, sizes: ReadonlyMap<string, readonly number[]>): string {
  return page.replaceAll(/^\| ([^|]+) \|.* kB \|$/gm, (row, label: string) => {
    const rest = [...(sizes.get(label) ?? [])];
    return row.replaceAll(/[\d.]+ kB(?= \|)/g, (cell) => rounded(rest.shift()) ?? cell);
  });
}

/** What a page says of sizes, by the first cell of its rows. */
export function sizesIn(page: string): ReadonlyMap<string, readonly number[]> {
  const rows = [...page.matchAll(/^\| ([^|]+) \|(.* kB) \|$/gm)];
  return new Map(rows.map(([, label = '', cells = '']) => [label, [...cells.matchAll(/([\d.]+) kB/g)].map(([, kB]) => Number(kB))]));
}

function rounded(kB: number | undefined): string | undefined {
  return kB === undefined ? undefined : `${kB.toFixed(kB < 10 ? 1 : 0)} kB`;
}

function packages(): string[] {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')) as Record<string, object>;
  return Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'fp-ts');
}

/** kB of what a program of a page comes to, minified and zipped, without the packages that are external. */
export async function bundledSize(contents: string, external: readonly string[] = packages()): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    logLevel: 'error',
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    tsconfigRaw: {},
    // As the build does it: a few functions of fp-ts, from its ES modules.
    alias: { 'fp-ts/lib': resolve(ROOT, 'node_modules/fp-ts/es6') },
    external: ['node:*', ...external],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length / 1_000;
}
