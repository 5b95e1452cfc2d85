import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * Whether standard input has data, ends empty, or stays silent. Reads nothing from it.
 *
 * Whether it is a terminal isn't enough: a build server runs commands with an empty or closed input, or one that is open and never written to.
 * So the first byte, or the end, is waited for, for a moment.
 */
export async function pipedInput(
  stdin: Readable & { readonly isTTY?: boolean },
  patienceMs: number,
): Promise<'something' | 'nothing' | 'silence'> {
  if (stdin.isTTY === true || stdin.destroyed) return 'nothing';
  try {
    await once(stdin, 'readable', { signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    return error instanceof Error && error.name === 'AbortError' ? 'silence' : 'nothing';
  }
  // At its end a stream becomes readable, too, with nothing to read.
  return stdin.readableLength > 0 ? 'something' : 'nothing';
}
