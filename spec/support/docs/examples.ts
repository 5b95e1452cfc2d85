import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/entries.js';

/** Code of a page or a docstring. */
export interface Example {
  /** Path from the root, and the line on which the code starts. */
  readonly where: string;
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The files in a folder and below, from the root. */
export function filesOf(folder: string, extension: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .sort();
}

/** The `ts` blocks of a page. */
export function fencesOf(file: string): Example[] {
  const text = read(file);
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(({ 1: code = '', index }) =>
    exampleAt(file, text, index + '```ts\n'.length, code),
  );
}

/** The text after each `@example`, up to the next tag or the comment's end. */
export function docstringExamplesOf(file: string): Example[] {
  const text = read(file);
  return [...text.matchAll(/^ *\* @example\n((?: *\*(?!\/)(?! @).*\n)+)/gm)].map(({ 0: whole, 1: lines = '', index }) =>
    exampleAt(file, text, index + whole.length - lines.length, lines.replaceAll(/^ *\* ?/gm, '')),
  );
}

/** The promised output: comments beside `console.log(…);`, and comments below `// Prints:`. */
export function promisedOutput(code: string): string[] {
  const beside = [...code.matchAll(/console\.log\(.*\);? (\/\/ .*)$/gm)].map(([, comment = '']) => comment);
  const below = [...code.matchAll(/^\/\/ Prints:\n((?:\/\/ .*\n)+)/gm)].flatMap(([, lines = '']) => lines.trimEnd().split('\n'));
  return [...beside, ...below].map((comment) => comment.slice('// '.length));
}

function exampleAt(file: string, text: string, index: number, code: string): Example {
  const line = text.slice(0, index).split('\n').length;
  return { where: `${file}:${String(line)}`, file, line, code };
}
