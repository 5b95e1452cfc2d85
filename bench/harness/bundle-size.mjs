import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Profiles of a page: what it imports from each entry. */
const PROFILES = {
  kernel: { index: ['createCollector'] },
  typical: { index: ['createCollector'], http: ['postSink'], browser: ['pageSend', 'withPageLifecycle'] },
  full: { index: ['createCollector'], http: ['httpSink'], browser: ['pageTransport', 'withPageLifecycle'] },
  private: {
    index: ['createCollector', 'withConsent', 'withRedaction', 'defaultRedaction'],
    http: ['postSink'],
    browser: ['pageSend', 'withPageLifecycle'],
  },
  collector: { index: ['EventCollector'] },
  batch: { index: ['batch'] },
  'batch-deliver': { index: ['batch', 'deliver'] },
};

/**
 * Bytes of bundles for browsers, minified and gzipped: without rxjs and uuid (`own`), and with them. A profile is left out where the build
 * doesn't export all of it.
 */
export async function bundleSizes(library) {
  const sizes = {};
  for (const [key, profile] of Object.entries(PROFILES)) {
    if (!(await exportsAll(library, profile))) continue;
    const contents = Object.entries(profile)
      .map(([entry, names]) => `export { ${names.join(', ')} } from ${JSON.stringify(`${library}/${entry}.js`)};`)
      .join('\n');
    sizes[key] = {
      own: await bundledSize(contents, library, ['rxjs', 'rxjs/*', 'uuid']),
      withBoth: await bundledSize(contents, library, []),
    };
  }
  return sizes;
}

async function exportsAll(library, profile) {
  for (const [entry, names] of Object.entries(profile)) {
    const exported = await import(`${library}/${entry}.js`);
    if (names.some((name) => exported[name] === undefined)) return false;
  }
  return true;
}

async function bundledSize(contents, resolveDir, external) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    external,
    write: false,
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
