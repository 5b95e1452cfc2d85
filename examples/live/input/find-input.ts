import type { Io } from '../io.js';
import { pipedInput } from './piped-input.js';

/** The source of events: a file, `-` for standard input, or `undefined` for this machine. */
export type Input = string | undefined;

const PATIENCE_MS = 2_000;

/**
 * The requested input, or standard input, unless that is a terminal, empty or closed; and a notice about it. A pipe may
 * stay silent for long: closing it would kill the other process, and lose its output.
 */
export async function findInput(asked: Input, stdin: Io['stdin']): Promise<{ readonly input: Input; readonly notice?: string }> {
  if (asked !== undefined) return { input: asked };
  const piped = await pipedInput(stdin, PATIENCE_MS);
  if (piped === 'silence') return { input: '-', notice: 'Waiting for standard input. For events of this machine: npm start </dev/null' };
  return { input: piped === 'something' ? '-' : undefined };
}
