import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import { Script } from 'node:vm';
import { tryGet } from '../internal/try-get.js';

/**
 * Crashes the process with the output of the original crash, and exit code 1.
 *
 * Node prints the source line of the `throw` above an error's stack and properties. For an error that is thrown again, this would be a
 * line of ours. The line that the error's stack names is printed instead, which is the same unless the error was constructed elsewhere.
 */
export function crashWith(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  const source = sourceOf(error, origin);
  if (source !== undefined) {
    writeSync(2, source);
    // The comment is Node's own way to leave the source line out. As a string, because bundlers remove comments.
    const rethrow = new Script('(error) => { throw error; } // node-do-not-add-exception-line').runInThisContext() as (
      error: unknown,
    ) => never;
    process.nextTick(rethrow, error);
    return;
  }
  // In a microtask, Node takes the position from the error, if it has one, and not from the `throw`.
  queueMicrotask(() => {
    throw error;
  });
}

/** The line at the top of the error's stack in Node's format, '' if it can't be read, or `undefined` if Node finds the position itself. */
function sourceOf(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): string | undefined {
  // With source maps, the line is in the stack already. Reading the stack makes V8 forget the position, so others are not read.
  if (process.sourceMapsEnabled || error instanceof DOMException) return undefined;
  // Any other value has no position, nor has an error of a worker.
  if (!isNativeError(error)) return '';
  if (tryGet(() => (error as NodeJS.ErrnoException).code) === 'ERR_UNHANDLED_REJECTION') return undefined;
  const stack = tryGet(() => error.stack);
  const frame = typeof stack === 'string' ? (/^ {4}at .*$/m.exec(stack)?.[0] ?? '') : '';
  // Thrown by the engine for text that it has parsed, whose position it remembers.
  if (frame.endsWith('(<anonymous>)')) return undefined;
  const [, file = '', line, column] = /(?: |\()((?:file:|\/|[A-Z]:\\).+):(\d+):(\d+)\)?$/.exec(frame) ?? [];
  try {
    const text = readFileSync(file.startsWith('file:') ? fileURLToPath(file) : file, 'utf8').split('\n')[Number(line) - 1] ?? '';
    const before = text.slice(0, Number(column) - 1);
    // A rejection is reported where the error was constructed, an exception where it was thrown.
    const mark = origin === 'uncaughtException' ? before.replace(/throw\s+$/, '') : before;
    return `${file}:${String(line)}\n${text}\n${mark.replaceAll(/[^\t]/g, ' ')}^\n\n`;
  } catch {
    return '';
  }
}
