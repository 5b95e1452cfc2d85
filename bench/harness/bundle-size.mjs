import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes of a browser bundle that uses `EventCollector`, minified and zipped; without rxjs and uuid, and with them. */
export async function bundleSizes(library) {
  const sizeWithout = async (external) => {
    const { outputFiles } = await build({
      stdin: { contents: `export { EventCollector } from ${JSON.stringify(`${library}/index.js`)}`, resolveDir: library },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
      external,
      write: false,
    });
    return gzipSync(outputFiles[0].contents, { level: 9 }).length;
  };
  return { own: await sizeWithout(['rxjs', 'uuid']), withBoth: await sizeWithout([]) };
}
