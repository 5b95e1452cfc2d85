import type { Io } from '../io.js';
import { pipedInput } from './piped-input.js';

/** Where events come from: a file, `-` for standard input, or `undefined` for this machine. */
export type Input = string | undefined;

const PATIENCE_MS = 2_000;

/**
 * The input that was asked for, or else standard input, unless that is a terminal, empty or closed; and what has to be said about it. A pipe may
 * stay silent for long: leaving it would kill its other end, and lose what that has to say.
 */
export async function findInput(asked: Input, stdin: Io['stdin']): Promise<{ readonly input: Input; readonly notice?: string }> {
  if (asked !== undefined) return { input: asked };
  const piped = await pipedInput(stdin, PATIENCE_MS);
  if (piped === 'silence') return { input: '-', notice: 'Waiting for standard input. For events of this machine: npm start </dev/null' };
  return { input: piped === 'something' ? '-' : undefined };
}
