import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

export const ROOT = resolve(import.meta.dirname, '../..');

/** One file of lib, as the compiler reads it. */
export interface Source {
  /** From lib: `operators/batch.ts`. */
  readonly path: string;
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
  return {
    path,
    tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  };
}

/** A node and all nodes below it; comments are not nodes. */
export function nodesOf(node: ts.Node): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (each: ts.Node): void => {
    found.push(each);
    ts.forEachChild(each, visit);
  };
  visit(node);
  return found;
}
