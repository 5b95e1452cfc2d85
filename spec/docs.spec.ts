import { expect } from 'chai';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatWithOptions } from 'node:util';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import { resolveConfig } from '../lib/config/resolve-config.js';
import { LANE_DEFAULTS } from '../lib/lane/lane-options.js';
import { DROP_REASONS } from '../lib/ledger/drop-reason.js';
import * as sampling from '../lib/sampling/index.js';
import { entries, ROOT } from '../scripts/entries.js';

/** Code that a reader may take for true. */
interface Example {
  /** From the root, with the line on which the code starts. */
  readonly where: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesOf('docs', '.md')];
const SOURCES = filesOf('lib', '.ts');
const fences = PAGES.flatMap((file) => fencesOf(file, read(file)));
const docstrings = SOURCES.flatMap((file) => docstringExamplesOf(file, read(file)));

describe('the documentation', () => {
  describe('runs', () => {
    let bench: Bench;

    before(function () {
      this.timeout(120_000);
      bench = new Bench([...fences, ...docstrings]);
    });

    after(() => {
      bench.clear();
    });

    for (const example of [...fences, ...docstrings]) {
      it(example.where, async () => {
        expect(bench.typeErrors(example)).to.deep.equal([]);
        const { printed, declared } = await bench.run(example);
        expect(printed).to.have.members(promisedOutput(example.code));
        if (/\bdescribe\w*\(/.test(example.code)) expect(declared).to.be.above(0);
      });
    }
  });

  describe('is caught', () => {
    const wrong = {
      assertion: example('expect(1).to.equal(2);'),
      late: example("await lastValueFrom(timer(1));\nthrow new Error('late');"),
      type: example('const n: number = "one";\nnew EventCollector<AnalyticsEvent>().collect({ data: n });'),
      output: example('console.log(1 + 1); // 3'),
      declared: example("describe('x', () => { it('y', () => { throw new Error('declared'); }); });"),
    };
    let bench: Bench;

    before(function () {
      this.timeout(120_000);
      bench = new Bench(Object.values(wrong));
    });

    after(() => {
      bench.clear();
    });

    it('when an example fails, at once, later, or in a test that it declares', async () => {
      expect(await failureOf(bench.run(wrong.assertion))).to.include('expected 1 to equal 2');
      expect(await failureOf(bench.run(wrong.late))).to.equal('late');
      expect(await failureOf(bench.run(wrong.declared))).to.equal('declared');
    });

    it('when an example does not compile', () => {
      expect(bench.typeErrors(wrong.type)).to.have.length(2);
    });

    it('when an example prints something else', async () => {
      expect((await bench.run(wrong.output)).printed).to.deep.equal(['2']);
      expect(promisedOutput(wrong.output.code)).to.deep.equal(['3']);
    });
  });

  describe('is complete', () => {
    const readme = read('README.md');
    const guarantees = read('docs/guarantees.md');

    it('has an example in the docstring of every operator and every strategy', () => {
      const files = SOURCES.filter((file) => /^lib\/(operators|sampling)\//.test(file) && !file.endsWith('/index.ts'));
      const without = files
        .filter((file) => /^export function \w+<?[^]*?OperatorFunction<|^export function \w+[^]*?: SamplingStrategy</m.test(read(file)))
        .filter((file) => !docstrings.some((each) => each.file === file));
      // It does what `deliver` does for each of several sinks, and the README shows it.
      expect(without.filter((file) => !/(fan-out|consistent-parts|step)\.ts$/.test(file))).to.deep.equal([]);
      expect(readme).to.include('fanOut(');
    });

    it('names every operator, strategy, entry point and example in the README', () => {
      const operators = filesOf('lib/operators', '.ts')
        .map((file) => file.slice('lib/operators/'.length, -'.ts'.length))
        .filter((name) => name !== 'step');
      const names = [
        ...operators.map((name) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())),
        ...Object.keys(sampling),
        ...entries().map(({ specifier }) => `\`${specifier}\``),
        ...filesOf('examples', '.ts').filter((file) => /^examples\/\d\d-/.test(file)),
      ];
      expect(names.filter((name) => !readme.includes(name))).to.deep.equal([]);
    });

    it('advertises no entry point that does not exist', () => {
      const known = entries().map(({ specifier }) => specifier);
      const imported = PAGES.flatMap((file) =>
        [...read(file).matchAll(/rx-event-collector\/[a-z]+(?=['`])/g)].map(([specifier]) => specifier),
      );
      expect(imported.filter((specifier) => !known.includes(specifier))).to.deep.equal([]);
    });

    it('gives the defaults that the code has', () => {
      const rows = [...readme.matchAll(/^\| `(lane\.)?([\w.]+)` \| `([^`]+)` \|/gm)];
      const told = rows.map(([, lane = '', path = '', value]) => [lane + path, value]);
      const actual = rows.map(([, lane = '', path = '']) => [lane + path, show(at(lane === '' ? resolveConfig() : LANE_DEFAULTS, path))]);
      expect(told).to.deep.equal(actual);
      const { categories, ...rest } = resolveConfig();
      expect(told.length).to.equal(leaves(rest) + leaves(LANE_DEFAULTS));

      const policies = [...readme.matchAll(/^\| (\w+) \| ([\d.]+) \| ([\d_]+) \| ([\d_]+) \| (\w+) \|$/gm)].map(([, ...cells]) => cells);
      expect(policies).to.deep.equal(
        Object.entries(categories).map(
          ([
            category,
            {
              sampling: { rate, minPerWindow, windowMs },
              minPriority,
            },
          ]) => [category, ...[rate, minPerWindow, windowMs].map(show), minPriority],
        ),
      );
    });

    it('tells every reason for which an event can be dropped', () => {
      expect(DROP_REASONS.filter((reason) => !guarantees.includes(`\`${reason}\``))).to.deep.equal([]);
    });

    it('links to what exists', () => {
      const dead = PAGES.flatMap((file) =>
        [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
          .map(([, target = '']) => target)
          .filter((target) => !existsSync(resolve(ROOT, dirname(file), target)))
          .map((target) => `${file} → ${target}`),
      );
      expect(dead).to.deep.equal([]);
    });

    it('names only scripts that package.json has', () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      const named = PAGES.flatMap((file) =>
        [...read(file).matchAll(/npm (?:run (\w+)|(start|test)\b)/g)].map(([, run, word]) => run ?? word),
      );
      expect(named.filter((name) => name === undefined || !(name in scripts))).to.deep.equal([]);
    });
  });
});

/** Examples as files of their own, in a project that has the package and its friends, type-checked together and run one by one. */
class Bench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-docs-'));
  readonly #home = process.cwd();
  readonly #files = new Map<Example, string>();
  readonly #program: ts.Program;
  readonly #listeners: readonly NodeJS.SignalsListener[];

  constructor(examples: readonly Example[]) {
    this.#furnish();
    const host = ts.createCompilerHost(OPTIONS);
    const probe = this.#write('exports.mts', IMPORTED.map((name) => `import '${name}';`).join('\n'));
    const known = ts.createProgram([probe], OPTIONS, host);
    const names = new Names(known, probe);
    examples.forEach((each, index) => {
      const file = `${String(index).padStart(3, '0')}-${each.file.replaceAll(/\W+/g, '-')}-${String(each.line)}.mts`;
      this.#files.set(each, this.#write(file, `${names.preludeOf(each)}\n${each.code}\nexport {};\n`));
    });
    this.#program = ts.createProgram([...this.#files.values()], OPTIONS, host, known);
    this.#listeners = process.listeners('SIGTERM');
    // What an example writes, it writes there.
    process.chdir(this.#folder);
  }

  /** By line of the page. */
  typeErrors(example: Example): string[] {
    const file = this.#program.getSourceFile(this.#fileOf(example));
    const { line } = example;
    return [...this.#program.getSyntacticDiagnostics(file), ...this.#program.getSemanticDiagnostics(file)].map(
      ({ start = 0, messageText }) =>
        `${example.file}:${String(line - 1 + (file?.getLineAndCharacterOfPosition(start).line ?? 0))} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  }

  /** What it printed, and how many tests it declared, all of which have passed. */
  async run(example: Example): Promise<{ readonly printed: readonly string[]; readonly declared: number }> {
    const printed: string[] = [];
    const declared: (() => unknown)[] = [];
    const given = { describe: globalThis.describe, it: globalThis.it, log: console.log };
    // As a console prints it, but on one line.
    const note = (...values: unknown[]): void => void printed.push(formatWithOptions({ breakLength: Infinity }, ...values));
    try {
      console.log = note;
      const declare = {
        describe: (_name: string, body: () => void) => body(),
        it: (_name: string, body: () => unknown) => declared.push(body),
      };
      Object.assign(globalThis, declare);
      await import(pathToFileURL(this.#fileOf(example)).href);
      for (const test of declared) await test();
    } finally {
      console.log = given.log;
      Object.assign(globalThis, { describe: given.describe, it: given.it });
    }
    return { printed, declared: declared.length };
  }

  clear(): void {
    process.chdir(this.#home);
    for (const listener of process.listeners('SIGTERM')) if (!this.#listeners.includes(listener)) process.off('SIGTERM', listener);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #fileOf(example: Example): string {
    const file = this.#files.get(example);
    if (file === undefined) throw new Error(`No file for ${example.where}`);
    return file;
  }

  /** The package as it is in the sources, what it is used with, and the input that examples read. */
  #furnish(): void {
    const own = join(this.#folder, 'node_modules/rx-event-collector');
    mkdirSync(own, { recursive: true });
    symlinkSync(join(ROOT, 'lib'), join(own, 'lib'));
    const exports = { ...Object.fromEntries(entries().map(({ path, source }) => [path, `./${source}`])), './lib/*.js': './lib/*.ts' };
    writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'rx-event-collector', type: 'module', exports }));
    for (const name of ['rxjs', 'chai', 'io-ts', 'fp-ts', '@types'])
      symlinkSync(join(ROOT, 'node_modules', name), join(this.#folder, 'node_modules', name));
    writeFileSync(join(this.#folder, 'events.ndjson.gz'), gzipSync('{"type":"push"}\noops\n{"type":"fork"}\n'));
  }

  #write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }
}

const OPTIONS: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(
    { ...(ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config as object), files: [] },
    ts.sys,
    ROOT,
  ).options,
  // The package is installed beside the examples.
  paths: {},
  typeRoots: [join(ROOT, 'node_modules/@types')],
  noUnusedLocals: false,
  noUnusedParameters: false,
};

/** Where a name comes from that an example uses and doesn't import; the first one that has it. */
const IMPORTED = [...entries().map(({ specifier }) => specifier), 'rxjs', 'chai', 'fp-ts/lib/Either.js'];
/** What an example may presuppose. */
const FIXTURES: Readonly<Record<string, string>> = {
  t: "import * as t from 'io-ts';",
  collector: "import { EventCollector as C } from 'rx-event-collector'; const collector = new C({ sinks: [] });",
};

/** Who exports which names. */
class Names {
  /** By name: `X from 'rxjs'`, or `type X from 'rxjs'`. */
  readonly #imports = new Map<string, string>();

  constructor(program: ts.Program, probe: string) {
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(probe);
    const imports = file?.statements.filter(ts.isImportDeclaration) ?? [];
    for (const { moduleSpecifier } of imports) {
      const symbol = checker.getSymbolAtLocation(moduleSpecifier);
      if (symbol === undefined || !ts.isStringLiteral(moduleSpecifier)) throw new Error(`${moduleSpecifier.getText()} can't be found`);
      for (const exported of checker.getExportsOfModule(symbol)) {
        const { name } = exported;
        const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
        const binding = target.flags & ts.SymbolFlags.Value ? name : `type ${name}`;
        if (!this.#imports.has(name)) this.#imports.set(name, importing(binding, moduleSpecifier.text));
      }
    }
  }

  /** On one line: the imports of what the code uses, and neither imports nor declares. */
  preludeOf({ file, code }: Example): string {
    const tree = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ESNext, true);
    const declared = new Set(tree.statements.flatMap(declaredBy));
    const used = new Set<string>();
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && !isFieldName(node)) used.add(node.text);
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return [...used]
      .filter((name) => !declared.has(name))
      .map((name) => this.#imports.get(name) ?? ownImport(file, name) ?? FIXTURES[name] ?? '')
      .join(' ');
  }
}

/** An example in a docstring may be about something that only the library itself uses. */
function ownImport(file: string, name: string): string | undefined {
  if (!file.startsWith('lib/') || !new RegExp(`^export (?:function|const|class) ${name}\\b`, 'm').test(read(file))) return undefined;
  return importing(name, `rx-event-collector/${file.replace(/\.ts$/, '.js')}`);
}

const importing = (binding: string, specifier: string): string => `import { ${binding} } from '${specifier}';`;

function declaredBy(statement: ts.Statement): readonly string[] {
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {};
    const named = namedBindings && ts.isNamedImports(namedBindings) ? namedBindings.elements.map((each) => each.name.text) : [];
    const namespace = namedBindings && ts.isNamespaceImport(namedBindings) ? [namedBindings.name.text] : [];
    return [...(name === undefined ? [] : [name.text]), ...named, ...namespace];
  }
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ name }) => boundBy(name));
  const { name } = statement as { readonly name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function boundBy(name: ts.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundBy(element.name) : []));
}

function isFieldName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (ts.isPropertyAccessExpression(parent) && parent.name === node) || (ts.isPropertyAssignment(parent) && parent.name === node);
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function filesOf(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => relative(ROOT, join(ROOT, folder, file)).replaceAll('\\', '/'))
    .sort();
}

function fencesOf(file: string, text: string): Example[] {
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(({ 1: code = '', index }) =>
    exampleAt(file, text, index + '```ts\n'.length, code),
  );
}

function docstringExamplesOf(file: string, text: string): Example[] {
  return [...text.matchAll(/^[ ]*\* @example\n((?:[ ]*\*(?!\/)(?![ ]@).*\n)+)/gm)].map(({ 0: whole, 1: lines = '', index }) =>
    exampleAt(file, text, index + whole.length - lines.length, lines.replaceAll(/^[ ]*\*[ ]?/gm, '')),
  );
}

function exampleAt(file: string, text: string, index: number, code: string): Example {
  const line = text.slice(0, index).split('\n').length;
  return { where: `${file}:${String(line)}`, file, line, code };
}

function example(code: string): Example {
  return { where: 'example', file: 'example', line: 1, code };
}

/** What a reader takes `console.log(…); // this` to print; and, where it prints more, the comments below `// Prints:`. */
function promisedOutput(code: string): string[] {
  const listed = [...code.matchAll(/^\/\/ Prints:\n((?:\/\/ .*\n)+)/gm)].flatMap(([, lines = '']) => lines.trimEnd().split('\n'));
  const beside = [...code.matchAll(/console\.log\(.*\);? (\/\/ .*)$/gm)].map(([, comment = '']) => comment);
  return [...beside, ...listed].map((comment) => comment.slice('// '.length));
}

function failureOf(running: Promise<unknown>): Promise<string> {
  return running.then(
    () => 'none',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function at(object: object, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], object);
}

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value).replace(/\B(?=(\d{3})+$)/g, '_'));

function leaves(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.values(value).reduce<number>((sum, each) => sum + leaves(each), 0) : 1;
}
