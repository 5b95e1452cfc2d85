import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import ts from 'typescript';
import { entries } from '../scripts/entries.js';
import { nodesOf, ROOT, sourceOf, sources, type Source } from './support/sources.js';

/** The only file that may use it: time comes from a scheduler, chance from `random`. */
const ALLOWED_IN: Readonly<Record<string, string>> = { 'Math.random': 'internal/default-random.ts' };
const CLOCKS_AND_DICE = ['setTimeout', 'setInterval', 'setImmediate', 'Date.now', 'performance.now', 'process.hrtime', 'Math.random'];

describe('architecture', () => {
  const files = sources();

  it('uses time and randomness only through schedulers and `random`', () => {
    expect(files.flatMap(clocksAndDice)).to.deep.equal([]);
  });

  it("doesn't use the type `any`", () => {
    const anys = files.flatMap(({ path, tree }) =>
      nodesOf(tree)
        .filter(({ kind }) => kind === ts.SyntaxKind.AnyKeyword)
        .map((node) => placeOf(path, node)),
    );
    expect(anys).to.deep.equal([]);
  });

  it('silences neither the compiler nor the linter', () => {
    const silenced = files.filter(({ tree }) => /@ts-(ignore|expect-error|nocheck)|eslint-disable/.test(tree.text));
    expect(silenced.map(({ path }) => path)).to.deep.equal([]);
  });

  it('finds clocks, timers and dice, but not in comments', () => {
    const text = '/** Not Date.now. */ const t = Date.now();\nglobalThis.setTimeout(f, 1);\nconst r = Math.random;\nconst d = new Date();';
    expect(clocksAndDice(sourceOf('event/x.ts', text))).to.deep.equal([
      'event/x.ts:1 Date.now',
      'event/x.ts:2 setTimeout',
      'event/x.ts:3 Math.random',
      'event/x.ts:4 new Date()',
    ]);
  });

  describe('importing an entry', () => {
    for (const { path, source } of entries()) {
      it(`does nothing: ${path}`, async () => {
        expect(await effectsOfImporting(join(ROOT, source))).to.deep.equal([]);
      });
    }

    it('is seen when it does something', async () => {
      const text = [
        "import { interval } from 'rxjs';",
        "setTimeout(() => undefined, 0); globalThis.leak = 1; process.on('exit', () => undefined); console.log('hello');",
        'interval(1000).subscribe(); Array.prototype.extra = 1;',
      ].join('\n');
      expect(await effectsOfImporting({ contents: text, resolveDir: ROOT })).to.deep.equal([
        'global leak',
        'Array.prototype.extra',
        'call of setTimeout',
        'call of process.on',
        'call of console.log',
        'call of setInterval',
        'active Timeout',
        'active Timeout',
      ]);
    });
  });
});

function clocksAndDice({ path, tree }: Source): string[] {
  return nodesOf(tree).flatMap((node) => {
    const used = nameOf(node);
    return used !== undefined && ALLOWED_IN[used] !== path ? [`${placeOf(path, node)} ${used}`] : [];
  });
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0) return 'new Date()';
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
  const text = node.getText();
  return CLOCKS_AND_DICE.find((name) => name === text);
}

function placeOf(path: string, node: ts.Node): string {
  return `${path}:${String(node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1)}`;
}

/**
 * What is different in a fresh process after it has imported an entry, whose packages it had imported before: globals, additions to the
 * prototypes of the language, calls that listen, schedule or print, and whatever keeps the process alive.
 */
async function effectsOfImporting(entry: string | { readonly contents: string; readonly resolveDir: string }): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-import-'));
  try {
    const { outputFiles, metafile } = await build({
      ...(typeof entry === 'string' ? { entryPoints: [entry] } : { stdin: entry }),
      absWorkingDir: ROOT,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      metafile: true,
      logLevel: 'silent',
      write: false,
    });
    const packages = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'entry.mjs'), outputFiles[0]?.contents ?? '');
    // Angular's packages are linked when an application is built; until then, they need its compiler.
    if (packages.some((name) => name.startsWith('@angular/'))) packages.unshift('@angular/compiler');
    writeFileSync(join(folder, 'probe.mjs'), [...new Set(packages)].map((name) => `import '${name}';\n`).join('') + PROBE);
    return JSON.parse(execFileSync(process.execPath, [join(folder, 'probe.mjs')], { encoding: 'utf8' })) as string[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PROBE = `
const write = process.stdout.write.bind(process.stdout);
const calls = [];
const spy = (object, name, label) => {
  const original = object[name];
  object[name] = function (...args) { calls.push('call of ' + label); return original.apply(this, args); };
};
for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'addEventListener', 'fetch']) if (name in globalThis) spy(globalThis, name, name);
for (const name of ['on', 'once', 'addListener', 'prependListener', 'nextTick', 'emitWarning']) spy(process, name, 'process.' + name);
for (const name of ['log', 'info', 'warn', 'error', 'debug']) {
  const label = 'call of console.' + name;
  console[name] = () => { calls.push(label); };
}
const PROTOTYPES = { Object, Array, Function, Promise, Map, Set, String, Number, Symbol, Error, Date, RegExp };
const look = () => new Set([
  ...Reflect.ownKeys(globalThis).map((key) => 'global ' + String(key)),
  ...Object.entries(PROTOTYPES).flatMap(([name, { prototype }]) => Reflect.ownKeys(prototype).map((key) => name + '.prototype.' + String(key))),
]);
const before = look();
const active = process.getActiveResourcesInfo().length;
await import('./entry.mjs');
const effects = [...look()].filter((each) => !before.has(each));
const handles = process.getActiveResourcesInfo().slice(active).map((name) => 'active ' + name);
write(JSON.stringify([...effects, ...calls, ...handles]), () => process.exit());
`;
