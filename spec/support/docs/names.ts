import ts from 'typescript';
import { entries } from '../../../scripts/entries.js';
import { read, type Example } from './examples.js';

/** Angular compiles the examples of this entry, elsewhere. */
const BY_ANGULAR = 'rx-event-collector/angular';

/** Modules from which names are imported that an example doesn't import; the first one with the name is used. */
export const IMPORTED = [
  ...entries()
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier !== BY_ANGULAR),
  'rxjs',
  'chai',
  'fp-ts/lib/Either.js',
];

/** Other names that an example may use without importing them. */
const FIXTURES: Readonly<Record<string, string>> = {
  t: "import * as t from 'io-ts';",
  collector: "import { EventCollector as C } from 'rx-event-collector'; const collector = new C({ sinks: [] });",
};

/** The names that each module exports. */
export class Names {
  /** One import for each module. */
  readonly #imports = new Map<string, string>();

  /** @param probe a file of the program that imports all of `IMPORTED` */
  constructor(program: ts.Program, probe: string) {
    const checker = program.getTypeChecker();
    for (const { moduleSpecifier } of program.getSourceFile(probe)?.statements.filter(ts.isImportDeclaration) ?? []) {
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

  /** Imports, on one line, for names that the code uses and neither imports nor declares. */
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
      .map((name) => this.#imports.get(name) ?? ownImport(file, name) ?? FIXTURES[name])
      .filter((each) => each !== undefined)
      .join(' ');
  }
}

/** An example in a docstring may use an internal name. */
function ownImport(file: string, name: string): string | undefined {
  if (!file.startsWith('lib/') || !new RegExp(`^export (?:function|const|class) ${name}\\b`, 'm').test(read(file))) return undefined;
  return importing(name, `rx-event-collector/${file.replace(/\.ts$/, '.js')}`);
}

const importing = (binding: string, specifier: string): string => `import { ${binding} } from '${specifier}';`;

function declaredBy(statement: ts.Statement): readonly string[] {
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {};
    const bindings = namedBindings === undefined ? [] : ts.isNamedImports(namedBindings) ? namedBindings.elements : [namedBindings];
    return [...(name === undefined ? [] : [name.text]), ...bindings.map((each) => each.name.text)];
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
  return (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
}
