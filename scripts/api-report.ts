/**
 * What each entry exports, as text: every exported declaration without its comments, in the order of the alphabet, then the types that are
 * not exported but seen through those. A change of the public interface is a change of such a text, and is reviewed as one.
 */
import { resolve } from 'node:path';
import ts from 'typescript';
import { entries, ROOT, type Entry } from './entries.js';

const LIB = resolve(ROOT, 'lib');
const printer = ts.createPrinter({ removeComments: true });

export interface ApiReport {
  readonly text: string;
  /** Types that the entry's exports mention, and that no entry exports, though their own file does: users meet them and can't name them. */
  readonly unnamed: readonly string[];
}

/** The report of every entry. */
export function apiReports(): ReadonlyMap<Entry, ApiReport> {
  const { program, files } = declarations();
  const checker = program.getTypeChecker();
  const surfaces = new Map(entries().map((entry) => [entry, new Surface(checker, exportsOf(checker, moduleOf(program, files, entry)))]));
  const core = [...surfaces].find(([{ path }]) => path === '.')?.[1];
  return new Map([...surfaces].map(([entry, surface]) => [entry, surface.report(entry, surface === core ? undefined : core)]));
}

/** What an entry exports by which name, those of its namespaces with the dot. */
class Surface {
  readonly #checker: ts.TypeChecker;
  readonly #named = new Map<string, ts.Symbol>();
  readonly #exported = new Set<ts.Symbol>();

  constructor(checker: ts.TypeChecker, exported: readonly ts.Symbol[]) {
    this.#checker = checker;
    this.#add('', exported);
  }

  has(symbol: ts.Symbol): boolean {
    return this.#exported.has(symbol);
  }

  report({ specifier }: Entry, core: Surface | undefined): ApiReport {
    const unexported = new Set<ts.Symbol>();
    const sections = [...this.#named].map(([name, symbol]) => section(name, symbol));
    for (const symbol of this.#exported) this.#reach(symbol, unexported, core);
    const seen = [...unexported].sort((a, b) => (a.name < b.name ? -1 : 1));
    const text = [
      `# ${specifier}`,
      'Written by `npm run api`; `npm run check` and a spec compare it with the sources.',
      ...sections,
      ...(seen.length > 0 ? ['## Not exported, but seen through the above', ...seen.map((symbol) => section(symbol.name, symbol))] : []),
    ];
    return { text: `${text.join('\n\n')}\n`, unnamed: seen.filter(isExportedByItsFile).map(({ name }) => name) };
  }

  #add(prefix: string, symbols: readonly ts.Symbol[]): void {
    for (const symbol of symbols) {
      const target = followed(this.#checker, symbol);
      if (target.flags & ts.SymbolFlags.ValueModule) this.#add(`${prefix}${symbol.name}.`, exportsOf(this.#checker, target));
      else {
        this.#named.set(prefix + symbol.name, target);
        this.#exported.add(target);
      }
    }
  }

  #reach(symbol: ts.Symbol, found: Set<ts.Symbol>, core: Surface | undefined): void {
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        const named = this.#checker.getSymbolAtLocation(node);
        const target = named && followed(this.#checker, named);
        if (target && isOurs(target) && target !== symbol && !this.has(target) && core?.has(target) !== true && !found.has(target)) {
          found.add(target);
          this.#reach(target, found, core);
        }
      }
      ts.forEachChild(node, visit);
    };
    symbol.declarations?.forEach(visit);
  }
}

/** A declaration at the top of one of our own files; what is inside of one is printed with it. */
function isOurs(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0];
  return (
    declaration?.getSourceFile().fileName.startsWith(`${LIB}/`) === true &&
    ts.isSourceFile(statementOf(declaration).parent) &&
    isTop(declaration)
  );
}

function isTop(declaration: ts.Declaration): boolean {
  return (
    declaration === statementOf(declaration) ||
    (ts.isVariableDeclaration(declaration) && declaration.parent.parent === statementOf(declaration))
  );
}

function statementOf(node: ts.Node): ts.Node {
  let statement = node;
  while (!ts.isSourceFile(statement) && !ts.isSourceFile(statement.parent)) statement = statement.parent;
  return statement;
}

function isExportedByItsFile({ declarations }: ts.Symbol): boolean {
  return declarations?.some((declaration) => (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0) === true;
}

function section(name: string, symbol: ts.Symbol): string {
  const texts = (symbol.declarations ?? []).map((declaration) => {
    const statement = statementOf(declaration);
    return printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile()).replace(/^export /, '');
  });
  return `### ${name}\n\n\`\`\`ts\n${texts.join('\n')}\n\`\`\``;
}

function followed(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function exportsOf(checker: ts.TypeChecker, module: ts.Symbol): readonly ts.Symbol[] {
  return checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function moduleOf(program: ts.Program, files: ReadonlyMap<string, string>, { source }: Entry): ts.Symbol {
  const path = resolve(ROOT, source.replace(/\.ts$/, '.d.ts'));
  const file = files.has(path) ? program.getSourceFile(path) : undefined;
  const symbol = file && program.getTypeChecker().getSymbolAtLocation(file);
  if (symbol === undefined) throw new Error(`${source} is missing, or exports nothing`);
  return symbol;
}

/** A program made of lib's declaration files, which are emitted into memory. */
function declarations(): { program: ts.Program; files: ReadonlyMap<string, string> } {
  const { config } = ts.readConfigFile(resolve(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: object };
  const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, include: ['lib'] }, ts.sys, ROOT);
  const files = new Map<string, string>();
  const settings: ts.CompilerOptions = { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, skipLibCheck: true };
  const { diagnostics } = ts.createProgram(fileNames, settings).emit(undefined, (path, text) => files.set(resolve(path), text));
  if (diagnostics.length > 0)
    throw new Error(
      ts.formatDiagnostics(diagnostics, { getCanonicalFileName: (name) => name, getCurrentDirectory: () => ROOT, getNewLine: () => '\n' }),
    );

  const host = ts.createCompilerHost(options);
  const fileExists = host.fileExists.bind(host);
  const readFile = host.readFile.bind(host);
  const isSource = (path: string): boolean => path.startsWith(`${LIB}/`) && !path.endsWith('.d.ts');
  host.fileExists = (path) => files.has(path) || (!isSource(path) && fileExists(path));
  host.readFile = (path) => files.get(path) ?? readFile(path);
  return { program: ts.createProgram([...files.keys()], { ...options, noEmit: true }, host), files };
}
