import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isNativeError } from 'node:util/types';
import { Script } from 'node:vm';
import { tryGet } from '../internal/try-get.js';

/**
 * Crashes the process with the output of the original crash, and exit code 1.
 *
 * Node prints the source line of the `throw` above an error's stack and properties. For an error that is rethrown here, it would print a line of this
 * file. Instead, the line at the top of the error's stack is printed, which is the same unless the error was constructed elsewhere.
 */
export function crashWith(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  const source = sourceOf(error, origin);
  if (source !== undefined) {
    writeSync(2, source);
    // With this comment, Node doesn't print the source line. The code is a string, because bundlers remove comments.
    const rethrow = new Script('(error) => { throw error; } // node-do-not-add-exception-line').runInThisContext() as (
      error: unknown,
    ) => never;
    process.nextTick(rethrow, error);
    return;
  }
  // In a microtask, Node uses the position of the error, if it has one, rather than that of the `throw`.
  queueMicrotask(() => {
    throw error;
  });
}

/** The line at the top of the error's stack in Node's format, '' if it can't be read, or `undefined` if Node finds the position itself. */
function sourceOf(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): string | undefined {
  // With source maps, the stack contains the line already. Reading a stack makes V8 forget the position, so it is read only where necessary.
  if (process.sourceMapsEnabled || error instanceof DOMException) return undefined;
  // Other values, and errors of workers, have no position.
  if (!isNativeError(error)) return '';
  if (tryGet(() => (error as NodeJS.ErrnoException).code) === 'ERR_UNHANDLED_REJECTION') return undefined;
  const frame = topFrameOf(error);
  // Thrown by the engine for parsed text: it remembers the position.
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

/** The line of the stack that follows the message, which may contain another error's stack; '' if no such line exists. */
function topFrameOf(error: Error): string {
  const stack: unknown = tryGet(() => error.stack);
  if (typeof stack !== 'string') return '';
  const text: unknown = tryGet(() => error.message);
  const message = typeof text === 'string' ? text : '';
  const start = stack.indexOf(message);
  return /^ {4}at .*$/m.exec(start < 0 ? stack : stack.slice(start + message.length))?.[0] ?? '';
}
