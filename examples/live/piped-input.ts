import { once } from 'node:events';
import type { Readable } from 'node:stream';

/**
 * Whether something comes on standard input; takes nothing from it.
 *
 * "Not a terminal" doesn't say so: a build server gives its commands an empty or closed input, or one that stays open and silent. So the
 * first byte, or the end, is waited for, for a moment.
 */
export async function hasPipedInput(stdin: Readable & { readonly isTTY?: boolean }, patienceMs: number): Promise<boolean> {
  if (stdin.isTTY === true || stdin.destroyed) return false;
  try {
    await once(stdin, 'readable', { signal: AbortSignal.timeout(patienceMs) });
  } catch {
    return false;
  }
  // At its end a stream becomes readable, too, with nothing to read.
  return stdin.readableLength > 0;
}
