// contribution of each module to the gzip size: size without it (its output removed)
import { build } from 'esbuild'; import { gzipSync } from 'node:zlib';
const contents = `export { ${process.argv[2] ?? 'createCollector'} } from './lib/index.ts';`;
const { outputFiles, metafile } = await build({ stdin: { contents, resolveDir: process.cwd() }, bundle: true, minify: true, write: false, metafile: true, format: 'esm', target: 'es2022', platform: 'browser', external: ['rxjs','uuid'], tsconfigRaw: {} });
console.log('gz', gzipSync(outputFiles[0].contents,{level:9}).length, 'min', outputFiles[0].contents.length);
import { writeFileSync } from 'node:fs'; writeFileSync('/tmp/kernel.min.js', outputFiles[0].contents);
const o = Object.values(metafile.outputs)[0].inputs;
console.log(Object.entries(o).filter(([,x])=>x.bytesInOutput).sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput).map(([f,{bytesInOutput}])=>bytesInOutput+' '+f.replace('lib/','')).join('\n'));
