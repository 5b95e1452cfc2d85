import { build } from 'esbuild'; import { gzipSync } from 'node:zlib'; import { readFileSync, readdirSync } from 'node:fs';
// names declared as members in internal modules
const files = ['lane','collector','internal','ledger','features','consent'].flatMap(d => readdirSync('lib/'+d).map(f => `lib/${d}/${f}`));
const publicText = ['lib/lane/lane-options.ts','lib/lane/delivery.ts','lib/ledger/drop-reason.ts','lib/collector/collector-options.ts','lib/collector/collector.ts','lib/collector/event-collector.ts','lib/collector/flush-report.ts','lib/collector/diagnostics.ts','lib/sink/sink.ts','lib/event/event.ts','lib/config/options.ts','lib/collector/collector-context.ts','lib/operators/batch.ts','lib/operators/step.ts','lib/errors/sink-error.ts','lib/sampling/strategy.ts','lib/redaction/rule.ts','lib/ledger/lane-ledger.ts','lib/internal/check-option.ts'].map(f => readFileSync(f,'utf8')).join('\n') + readFileSync('node_modules/rxjs/dist/types/internal/Observable.d.ts','utf8');
const pub = new Set(publicText.match(/\b[A-Za-z_$]\w*\b/g));
const names = new Set();
for (const f of files) for (const m of readFileSync(f,'utf8').matchAll(/^ {2,4}(?:readonly |get |set |override |protected )*([a-z]\w+)[(:?;]/gm)) if (!pub.has(m[1]) && m[1].length > 3) names.add(m[1]);
for (const n of ['next','error','complete','add','unsubscribe','closed','subscribe','schedule','observers','constructor','return','throw','push','shift','pop','length','type','reason','getRandomValues','catch','switch','super','while','then','size','drain','clear', 'delete','enter']) names.delete(n);
console.log(names.size, [...names].join(' '));
const re = new RegExp('^(' + [...names].join('|') + ')$');
for (const [n, mangleProps] of [['plain', undefined], ['mangled', re]]) {
const { outputFiles } = await build({ stdin: { contents: `export { ${process.argv[2] ?? 'createCollector'} } from './lib/index.ts';`, resolveDir: process.cwd() }, bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', platform: 'browser', external: ['rxjs','uuid'], tsconfigRaw: {}, ...(mangleProps && {mangleProps}) });
console.log(n, gzipSync(outputFiles[0].contents,{level:9}).length, outputFiles[0].contents.length);
}
