import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import ts from 'typescript';
import { entries } from '../scripts/entries.js';
import { nodesOf, ROOT, sourceOf, sources, type Source } from './support/sources.js';

/** Each room may use its own layer and those above it in this list, but for what `CLOSED` says. */
const LAYERS: readonly (readonly string[])[] = [
  ['event', 'errors', 'internal'],
  ['config', 'ledger', 'sink'],
  ['lane', 'sinks'],
  ['operators', 'sampling', 'redaction'],
  ['collector'],
  ['index.ts'],
  ['ports'],
  ['codecs', 'http', 'ingest', 'node', 'browser', 'angular'],
  ['testing'],
];

/** Rooms that may use these others only. A sink describes one attempt: it knows of events and errors, not of what happens to its answer. */
const CLOSED: Readonly<Record<string, readonly string[]>> = {
  sinks: ['sinks', 'sink', 'event', 'errors', 'internal'],
  lane: ['lane', 'sink', 'ledger', 'config', 'event', 'errors', 'internal'],
};

/** Rooms that may be seen from nowhere but these. */
const PRIVATE: Readonly<Record<string, readonly string[]>> = { testing: ['testing'], 'index.ts': [] };

/** What a room may import beyond rxjs. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  event: /^uuid$/,
  codecs: /^(io-ts|fp-ts\/lib\/\w+\.js)$/,
  ingest: /^(io-ts|fp-ts\/lib\/\w+\.js|node:http)$/,
  node: /^node:[\w/]+$/,
  angular: /^@angular\/(core(\/rxjs-interop)?|common(\/http)?|router)$/,
  testing: /^rxjs\/testing$/,
};

/** What only its one door may use: time comes from a scheduler, chance from `random`. */
const DOORS: Readonly<Record<string, string>> = { 'Math.random': 'internal/default-random.ts' };
const CLOCKS_AND_DICE = ['setTimeout', 'setInterval', 'setImmediate', 'Date.now', 'performance.now', 'process.hrtime', 'Math.random'];

describe('architecture', () => {
  const files = sources();
  const byPath = new Map(files.map((file) => [file.path, file]));

  it('has a layer for every room', () => {
    expect([...new Set(files.map(({ room }) => room))].filter((room) => layerOf(room) === -1)).to.deep.equal([]);
  });

  it('imports only files that exist', () => {
    expect(
      files.flatMap(({ path, imports }) => imports.filter((each) => !byPath.has(each)).map((each) => `${path} → ${each}`)),
    ).to.deep.equal([]);
  });

  it('lets each room import its own layer and lower ones only', () => {
    expect(forbiddenImports(files)).to.deep.equal([]);
  });

  it('has no import cycle, types included', () => {
    expect(cycles(byPath)).to.deep.equal([]);
  });

  it('reaches no package but rxjs and uuid from the core', () => {
    const packages = new Set([...reachable('index.ts', byPath)].flatMap(({ packages }) => packages));
    expect([...packages].filter((name) => name !== 'rxjs' && name !== 'uuid')).to.deep.equal([]);
  });

  it('imports each other package through its own door', () => {
    const strays = files.flatMap(({ path, room, packages }) =>
      packages.filter((name) => name !== 'rxjs' && !(PACKAGES[room]?.test(name) ?? false)).map((name) => `${path} → ${name}`),
    );
    expect(strays).to.deep.equal([]);
    expect(files.filter(({ packages }) => packages.includes('uuid')).map(({ path }) => path)).to.deep.equal(['event/new-id.ts']);
  });

  it('takes time and chance from nowhere but schedulers and `random`', () => {
    expect(files.flatMap(clocksAndDice)).to.deep.equal([]);
  });

  it('says `any` nowhere', () => {
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

  describe('the rules', () => {
    const file = (path: string, text: string): Source => sourceOf(path, text);

    it('see an import from a higher layer, for a type too', () => {
      const upwards = file('operators/batch.ts', "import type { EventCollector } from '../collector/event-collector.js';");
      expect(forbiddenImports([upwards])).to.deep.equal(['operators/batch.ts → collector/event-collector.ts']);
    });

    it('see a sink that knows a lane, and anyone who knows testing', () => {
      const sink = file('sinks/memory-sink.ts', "export * from '../lane/lane.js';");
      const adapter = file('http/http-sink.ts', "const x = await import('../testing/index.js');");
      expect(forbiddenImports([sink, adapter])).to.deep.equal([
        'sinks/memory-sink.ts → lane/lane.ts',
        'http/http-sink.ts → testing/index.ts',
      ]);
    });

    it('see a cycle', () => {
      const a = file('event/a.ts', "import './b.js';");
      const b = file('event/b.ts', "type A = import('./a.js').A;");
      expect(cycles(new Map([a, b].map((each) => [each.path, each])))).to.deep.equal(['event/a.ts → event/b.ts → event/a.ts']);
    });

    it('see clocks, timers and dice, but not in comments', () => {
      const text =
        '/** Not Date.now. */ const t = Date.now();\nglobalThis.setTimeout(f, 1);\nconst r = Math.random;\nconst d = new Date();';
      expect(clocksAndDice(file('event/x.ts', text))).to.deep.equal([
        'event/x.ts:1 Date.now',
        'event/x.ts:2 setTimeout',
        'event/x.ts:3 Math.random',
        'event/x.ts:4 new Date()',
      ]);
    });
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

function layerOf(room: string): number {
  return LAYERS.findIndex((layer) => layer.includes(room));
}

function forbiddenImports(files: readonly Source[]): string[] {
  return files.flatMap(({ path, room, imports }) =>
    imports
      .filter((target) => {
        const to = target.split('/')[0] ?? target;
        const isAbove = layerOf(to) > layerOf(room);
        const isClosed = CLOSED[room]?.includes(to) === false;
        const isPrivate = PRIVATE[to]?.includes(room) === false;
        return isAbove || isClosed || isPrivate;
      })
      .map((target) => `${path} → ${target}`),
  );
}

function reachable(start: string, byPath: ReadonlyMap<string, Source>): ReadonlySet<Source> {
  const found = new Set<Source>();
  const visit = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined) throw new Error(`lib/${path} does not exist`);
    if (found.has(file)) return;
    found.add(file);
    file.imports.forEach(visit);
  };
  visit(start);
  return found;
}

/** Each cycle that a walk in depth comes upon, as the way around it. */
function cycles(byPath: ReadonlyMap<string, Source>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    const start = way.indexOf(path);
    if (start >= 0) found.push([...way.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    way.push(path);
    byPath.get(path)?.imports.forEach(visit);
    way.pop();
    done.add(path);
  };
  for (const path of byPath.keys()) visit(path);
  return found;
}

function clocksAndDice({ path, tree }: Source): string[] {
  return nodesOf(tree).flatMap((node) => {
    const used = nameOf(node);
    return used !== undefined && DOORS[used] !== path ? [`${placeOf(path, node)} ${used}`] : [];
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
