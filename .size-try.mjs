import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
const profiles = {
  kernel: `export { createCollector } from './lib/index.ts';`,
  'EventCollector': `export { EventCollector } from './lib/index.ts';`,
  'kernel + consent + redaction': `export { createCollector, withConsent, withRedaction, defaultRedaction } from './lib/index.ts';`,
  'kernel+policy': `export { createCollector, withPolicy } from './lib/index.ts';`,
  'kernel+diagnostics': `export { createCollector, withDiagnostics } from './lib/index.ts';`,
  'kernel+runtime sinks': `export { createCollector, withRuntimeSinks } from './lib/index.ts';`,
  'batch': `export { batch } from './lib/index.ts';`,
  'batch+deliver': `export { batch, deliver } from './lib/index.ts';`,
};
const only = process.argv[2];
for (const [name, contents] of Object.entries(profiles)) {
  if (only && only !== name) continue;
  const sizes = [];
  for (const [external, conditions] of [[['rxjs', 'uuid'], []], [[], []], [[], ['es2015']]]) {
    const { outputFiles, metafile } = await build({ stdin: { contents, resolveDir: process.cwd() }, bundle: true, minify: true, write: false, metafile: true, format: 'esm', target: 'es2022', platform: 'browser', external, conditions, tsconfigRaw: {}, logLevel: 'error' });
    sizes.push(gzipSync(outputFiles[0].contents, { level: 9 }).length);
    if (only && external.length) {
      const o = Object.values(metafile.outputs)[0].inputs;
      for (const [f, { bytesInOutput }] of Object.entries(o).sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput)) if (bytesInOutput) console.log(String(bytesInOutput).padStart(7), f);
    }
    if (only && !external.length && !conditions.length) {
      const o = Object.values(metafile.outputs)[0].inputs;
      for (const [f, { bytesInOutput }] of Object.entries(o).filter(([f])=>f.includes('node_modules')).sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput)) if (bytesInOutput>100) console.log('   dep', String(bytesInOutput).padStart(7), f);
    }
  }
  console.log(name.padEnd(32), sizes.join(' / '));
}
