import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { build, type PluginBuild } from 'esbuild';
import ts from 'typescript';
import { distFolder } from '../scripts/dist.js';
import { entries } from '../scripts/entries.js';
import { ROOT } from './support/sources.js';

/** What a user's first program does, by what the package exports as `pkg`. */
const FIRST_PROGRAM = `
  const sink = new pkg.MemorySink();
  const collector = new pkg.EventCollector({ sinks: [sink] });
  const outcome = collector.collect({ type: 'mission_created', data: { name: 'first' } });
  collector.flush().then(() => {
    console.log(JSON.stringify([outcome, sink.getEvents().length, sink.events.map(({ type }) => type)]));
  });
`;
const ITS_OUTPUT = ['accepted', 1, ['mission_created']];

describe('package', function () {
  this.timeout(180_000);

  /** A project that has the packed tarball and its dependencies in node_modules, and nothing else. */
  let project: string;
  let installed: string;
  let packed: readonly string[];

  before(() => {
    project = mkdtempSync(join(tmpdir(), 'rx-event-collector-package-'));
    installed = join(project, 'node_modules/rx-event-collector');
    const tarball = packTarball(join(project, 'source'));
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1']);
    packed = readdirSync(installed, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
    const { dependencies, peerDependencies } = manifest();
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) link(name, project);
    writeFileSync(join(project, 'package.json'), '{ "private": true }');
  });

  after(() => {
    rmSync(project, { recursive: true, force: true });
  });

  it('carries the build, and neither sources nor specs', () => {
    expect(packed).to.include.members([
      'package.json',
      'LICENSE',
      ...entries().flatMap(({ name }) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
    ]);
    expect(packed.filter((file) => /^(lib|spec|scripts|node_modules|examples|bench)\b/.test(file))).to.deep.equal([]);
  });

  it('contains no source map, but the licences of inlined code', () => {
    expect(packed.filter((file) => file.endsWith('.map'))).to.deep.equal([]);
    const scripts = packed.filter((file) => file.endsWith('.js'));
    const licences = readFileSync(join(installed, 'dist/THIRD_PARTY_LICENSES.txt'), 'utf8');
    for (const [name, file, owner] of [
      ['fp-ts', 'dist/shared/codecs.js', 'Giulio Canti'],
      ['uplot', 'dist/shared/uplot.js', 'Leon Sorokin'],
    ] as const) {
      expect(licences).to.match(
        new RegExp(`^${name} \\d+\\..* in ${file.slice(5)}\\s+.*MIT License.*\\s+Copyright \\(c\\) .+ ${owner}`, 'm'),
      );
      const inlined = scripts.filter((each) => readFileSync(join(installed, each), 'utf8').includes(`@license Holds parts of ${name} `));
      expect(inlined).to.deep.equal([file]);
    }
  });

  it('is built before it is packed, also in a clone that was never built', () => {
    const clone = join(project, 'clone');
    mkdirSync(clone);
    for (const path of ['lib', 'scripts', 'package.json', 'package-lock.json', 'rollup.config.mjs', 'tsconfig.json'])
      cpSync(join(ROOT, path), join(clone, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    const { OUT_DIR: _, ...env } = process.env;
    const output = execFileSync('npm', ['pack', '--json', '--foreground-scripts=false'], {
      cwd: clone,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    const [{ files }] = JSON.parse(output.slice(output.indexOf('['))) as [{ readonly files: readonly { readonly path: string }[] }];
    expect(files.map(({ path }) => path)).to.include.members(entries().flatMap(({ name }) => [`dist/${name}.js`, `dist/${name}.d.ts`]));
  });

  it("lists every entry for resolvers that don't support `exports`", () => {
    const { main, types, typesVersions, exports } = manifest();
    const subpaths = entries().filter(({ path }) => path !== '.');
    expect({ main, types }).to.deep.equal({ main: exports['.']?.default, types: exports['.']?.types });
    expect(typesVersions).to.deep.equal({ '*': Object.fromEntries(subpaths.map(({ name, path }) => [name, [exports[path]?.types]])) });
  });

  it('imports no more than it declares, and no subpath of fp-ts', () => {
    const { dependencies, peerDependencies } = manifest();
    const declared = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'fp-ts');
    const strays = packed
      .filter((file) => file.endsWith('.js'))
      .flatMap((file) =>
        ts.preProcessFile(readFileSync(join(installed, file), 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName),
      )
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name))
      .filter((name) => !declared.some((each) => name === each || name === `${each}/testing` || isPartOfAngular(name, each)));
    expect(strays).to.deep.equal([]);
  });

  it('declares as values exactly what its modules export', () => {
    const files = entries().map(({ name }) => join(installed, `dist/${name}.d.ts`));
    const program = ts.createProgram(files, { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: [], noEmit: true });
    const checker = program.getTypeChecker();
    for (const [index, { name }] of entries().entries()) {
      const file = program.getSourceFile(files[index] ?? '');
      const module = file && checker.getSymbolAtLocation(file);
      if (module === undefined) throw new Error(`Expected declarations of ${name}`);
      const declared = checker.getExportsOfModule(module).filter((symbol) => {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        return (target.flags & ts.SymbolFlags.Value) !== 0 && symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) !== true;
      });
      const source = readFileSync(join(installed, `dist/${name}.js`), 'utf8');
      const exported = ts
        .createSourceFile(`${name}.js`, source, ts.ScriptTarget.Latest)
        .statements.filter(ts.isExportDeclaration)
        .flatMap(({ exportClause }) => (exportClause !== undefined && ts.isNamedExports(exportClause) ? [...exportClause.elements] : []))
        .map((element) => element.name.text);
      expect(declared.map((symbol) => symbol.name).sort(), name).to.deep.equal(exported.sort());
    }
  });

  it('has a lock file that names no registry', () => {
    expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.to.match(/"resolved"|registry\./);
  });

  it('runs as ES modules in Node', () => {
    writeFileSync(join(project, 'first.mjs'), `import * as pkg from 'rx-event-collector';${FIRST_PROGRAM}`);
    expect(run('first.mjs')).to.deep.equal(ITS_OUTPUT);
  });

  it('runs by require() in Node', () => {
    writeFileSync(join(project, 'first.cjs'), `const pkg = require('rx-event-collector');${FIRST_PROGRAM}`);
    expect(run('first.cjs')).to.deep.equal(ITS_OUTPUT);
  });

  for (const { specifier } of entries()) {
    it(`has the same exports for import and require(): ${specifier}`, function () {
      if (!hasPeersOf(specifier)) this.skip();
      // Angular's packages are linked when an application is built; until then, they need its compiler.
      const first = specifier.endsWith('/angular') ? '@angular/compiler' : 'rxjs';
      link(first, project);
      writeFileSync(
        join(project, 'keys.mjs'),
        `import '${first}'; import * as pkg from '${specifier}'; console.log(JSON.stringify(Object.keys(pkg).sort()));`,
      );
      writeFileSync(
        join(project, 'keys.cjs'),
        `require('${first}'); console.log(JSON.stringify(Object.keys(require('${specifier}')).sort()));`,
      );
      const keys = run('keys.mjs');
      expect(keys).to.be.an('array').that.is.not.empty;
      expect(run('keys.cjs')).to.deep.equal(keys);
    });
  }

  it('runs as a bundle for browsers, which draws in no module of Node', async () => {
    writeFileSync(join(project, 'browser.mjs'), `import * as pkg from 'rx-event-collector';${FIRST_PROGRAM}`);
    const { warnings } = await build({
      entryPoints: [join(project, 'browser.mjs')],
      outfile: join(project, 'bundle.cjs'),
      bundle: true,
      format: 'iife',
      platform: 'browser',
      logLevel: 'silent',
    });
    expect(warnings).to.deep.equal([]);
    expect(run('bundle.cjs')).to.deep.equal(ITS_OUTPUT);
  });

  it('leaves codecs out of a bundle that does not import them', async () => {
    const stdin = { contents: "import { EventCollector } from 'rx-event-collector'; new EventCollector();", resolveDir: project };
    const { metafile } = await build({ stdin, bundle: true, write: false, metafile: true, platform: 'browser', logLevel: 'silent' });
    expect(Object.keys(metafile.inputs).filter((file) => /io-ts|fp-ts/.test(file))).to.deep.equal([]);
  });

  it('adds nothing of a browser module to a bundle that uses none of its exports', async () => {
    const forPages = packed.filter((file) => /^dist\/(shared\/(?!codecs|uplot).+|angular|browser|http|index|otlp|vendors)\.js$/.test(file));
    expect(forPages).to.include.members(['dist/shared/base.js', 'dist/shared/core.js', 'dist/shared/http.js']);
    for (const file of forPages) {
      // As if the package had side effects: else a bundler drops the whole module, and not what is unused of a module that is used.
      const asUsed = {
        name: 'as-used',
        setup: (plugin: PluginBuild) => {
          plugin.onResolve({ filter: /.*/ }, ({ path, importer }) =>
            importer === '<stdin>' ? { path: join(installed, file), sideEffects: true } : { path, external: true, sideEffects: false },
          );
        },
      };
      const stdin = { contents: "import './module.js';", resolveDir: project };
      const { outputFiles } = await build({ stdin, bundle: true, write: false, minify: true, format: 'esm', plugins: [asUsed] });
      // Numbers that are written as a calculation stay.
      expect(outputFiles[0]?.text.replaceAll(/^(var (\w+=[\d\w*/<+-]+,?)+;)+\n$/g, ''), file).to.equal('');
    }
  });

  describe('type-checks in a strict project, declaration files included', () => {
    const program = [
      "import { EventCollector, MemorySink, type AnalyticsEvent, type EventBatch, type EventSink } from 'rx-event-collector';",
      ...entries().map(({ specifier }, index) => `import * as entry${String(index)} from '${specifier}';`),
      `export const all = [${entries()
        .map((_, index) => `entry${String(index)}`)
        .join(', ')}];`,
      "type Checkout = AnalyticsEvent<'checkout', { readonly total: number }>;",
      'const memory = new MemorySink<Checkout>();',
      "const own: EventSink<Checkout> = { name: 'own', process: ({ events }) => { for (const { data } of events) data.total.toFixed(2); } };",
      'export const collector = new EventCollector<Checkout>({ sinks: [memory, own] });',
      "collector.collect({ type: 'checkout', data: { total: 3 } });",
      'collector.events$.subscribe(({ data }) => data.total.toFixed(2));',
      'export const batches: EventBatch<Checkout>[] = memory.getEvents();',
      '// @ts-expect-error a total is a number',
      "collector.collect({ type: 'checkout', data: { total: 'three' } });",
    ].join('\n');

    const settings = {
      'nodenext, as an ES module and as CommonJS': [['consumer.mts', 'consumer.cts'], { module: 'nodenext', types: ['node'], without: [] }],
      'CommonJS, as NestJS and ts-jest have it': [
        ['consumer.ts'],
        { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', types: ['node'], without: ['angular'] },
      ],
      'bundler, in a browser, with no more than ES2022': [
        ['consumer.ts'],
        { module: 'esnext', moduleResolution: 'bundler', types: [], without: ['node'] },
      ],
      'bundler, in a worker or at the edge': [
        ['consumer.ts'],
        { module: 'esnext', moduleResolution: 'bundler', types: [], lib: ['ES2022', 'WebWorker'], without: ['angular', 'node'] },
      ],
    } as const;

    for (const [name, [files, { without, ...options }]] of Object.entries(settings)) {
      it(name, () => {
        // Angular's own types need a newer resolver and a page, and ours for Node need Node's.
        const isMissing = (line: string): boolean => without.some((entry) => line.endsWith(`/${entry}';`));
        const kept = without.length === 0 ? program : program.replace(/^export const all.*\n/m, '');
        const text = kept.split('\n').filter((line) => !isMissing(line));
        for (const file of files) writeFileSync(join(project, file), text.join('\n'));
        link('@types/node', project);
        expect(typeErrors(project, files, { target: 'es2022', lib: ['ES2022', 'DOM'], ...options })).to.deep.equal([]);
      });
    }
  });

  it('exports all types that declaration files of users mention, where fp-ts and io-ts are hidden from them', () => {
    // As pnpm does: a project sees the packages that it asks for, as links into a store.
    const user = join(project, 'user');
    const store = join(project, 'store');
    mkdirSync(join(user, 'node_modules'), { recursive: true });
    mkdirSync(join(store, 'node_modules'), { recursive: true });
    cpSync(installed, join(store, 'node_modules/rx-event-collector'), { recursive: true });
    for (const name of ['fp-ts', 'io-ts', 'uuid']) link(name, store);
    for (const folder of [user, store]) for (const name of ['rxjs', '@types/node']) link(name, folder);
    symlinkSync(join(store, 'node_modules/rx-event-collector'), join(user, 'node_modules/rx-event-collector'));
    const program = [
      "import { batchCodec, configFromEnv, decodeConfig, eventCodec } from 'rx-event-collector/codecs';",
      "import { eventInputCodec } from 'rx-event-collector/ingest';",
      'export const all = [batchCodec(), eventCodec(), decodeConfig({}), configFromEnv({}), eventInputCodec] as const;',
    ].join('\n');
    writeFileSync(join(user, 'index.mts'), program);
    const options = { module: 'nodenext', declaration: true, noEmit: false, outDir: 'out', types: ['node'] };
    expect(typeErrors(user, ['index.mts'], options)).to.deep.equal([]);
  });

  function run(file: string): unknown {
    return JSON.parse(
      execFileSync(process.execPath, [join(project, file)], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }
});

/** `@angular/core/rxjs-interop` and the like: its packages name what each of them exports. */
function isPartOfAngular(name: string, declared: string): boolean {
  return declared.startsWith('@angular/') && name.startsWith(`${declared}/`);
}

interface Manifest {
  readonly main?: string;
  readonly types?: string;
  readonly typesVersions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
}

/** Packs a copy of the build and of the package's other files. */
function packTarball(folder: string): string {
  mkdirSync(folder);
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    if (existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(folder, file));
  cpSync(distFolder(), join(folder, 'dist'), { recursive: true });
  execFileSync('npm', ['pack', '--ignore-scripts'], { cwd: folder, stdio: 'pipe' });
  const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack has left no tarball');
  return join(folder, tarball);
}

function link(name: string, project: string): void {
  const path = join(project, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(join(ROOT, 'node_modules', name)) && !existsSync(path)) symlinkSync(join(ROOT, 'node_modules', name), path);
}

/** Adapters to a framework are checked where the framework is installed. */
function hasPeersOf(specifier: string): boolean {
  return !specifier.endsWith('/angular') || existsSync(join(ROOT, 'node_modules/@angular/core'));
}

function typeErrors(project: string, files: readonly string[], options: object): readonly string[] {
  // All declaration files are checked but those that TypeScript itself brings.
  const checks = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, skipDefaultLibCheck: true };
  const config = { compilerOptions: { noEmit: true, ...options, ...checks }, files };
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, project);
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  return [...parsed.errors, ...ts.getPreEmitDiagnostics(program), ...program.getDeclarationDiagnostics()].map(
    ({ file: where, messageText }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      return where === undefined ? text : `${where.fileName}: ${text}`;
    },
  );
}
