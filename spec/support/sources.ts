import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import ts from 'typescript';

export const ROOT = resolve(import.meta.dirname, '../..');

/** One file of lib, as the compiler reads it. */
export interface Source {
  /** From lib: `operators/batch.ts`. */
  readonly path: string;
  /** The folder below lib, or the file's own name for an entry at the top. */
  readonly room: string;
  /** Files of lib that it imports, those it needs for their types alone included, in any of the language's ways to import. */
  readonly imports: readonly string[];
  /** Other packages that it imports, by the specifier. */
  readonly packages: readonly string[];
  readonly tree: ts.SourceFile;
}

/** Every file of lib. */
export function sources(): readonly Source[] {
  return readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(ROOT, 'lib', path), 'utf8')));
}

export function sourceOf(path: string, text: string): Source {
  const specifiers = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return {
    path,
    room: path.split('/')[0] ?? path,
    imports: specifiers.filter((name) => name.startsWith('.')).map((name) => posix.join(dirname(path), name).replace(/\.js$/, '.ts')),
    packages: specifiers.filter((name) => !name.startsWith('.')),
    tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  };
}

/** A node and all below it, comments not being nodes. */
export function nodesOf(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (each: ts.Node): void => {
    found.push(each);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}
