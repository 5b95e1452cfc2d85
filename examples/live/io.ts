import { openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { ReadStream, type WriteStream } from 'node:tty';
import type { Observable } from 'rxjs';
import { stopRequests } from './stop-requests.js';

/** What the program has of the world. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly cwd: string;
  readonly print: (line: string) => void;
  /** Emits whenever the program is asked to stop. */
  readonly stop$: Observable<unknown>;
  /** Where a live view can be drawn, if anywhere. */
  readonly terminal?: WriteStream | undefined;
  /** The source of keys, if there is one. */
  readonly keyboard?: ReadStream | undefined;
}

export function processIo(): Io {
  const { stdin, stdout, env } = process;
  // The reader may close the pipe, as `head` does; the file is still written.
  stdout.on('error', () => undefined);
  return {
    stdin,
    cwd: process.cwd(),
    print: (line) => stdout.write(`${line}\n`),
    stop$: stopRequests(),
    terminal: stdout.isTTY && env.TERM !== 'dumb' && !isSet(env.CI) ? stdout : undefined,
    // Opened when it is asked for: only a live view does.
    get keyboard() {
      return stdin.isTTY ? stdin : controllingTerminal();
    },
  };
}

/** Keys of the terminal while standard input is a pipe or a file. */
function controllingTerminal(): ReadStream | undefined {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    // Windows, or a process without a terminal.
    return undefined;
  }
}

/** As the drawing library sees it: it redraws nothing on a build server. */
function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== '0' && variable !== 'false';
}
