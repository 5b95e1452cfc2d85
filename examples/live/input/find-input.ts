import type { Io } from '../io.js';
import { pipedInput } from './piped-input.js';

/** Where events come from: a file, `-` for standard input, or `undefined` for this machine. */
export type Input = string | undefined;

const PATIENCE_MS = 2_000;

/** The input that was asked for, or else standard input if something comes from there; and what has to be said about it. */
export async function findInput(asked: Input, stdin: Io['stdin']): Promise<{ readonly input: Input; readonly notice?: string }> {
  if (asked !== undefined) return { input: asked };
  const piped = await pipedInput(stdin, PATIENCE_MS);
  if (piped === 'something') return { input: '-' };
  const notice = 'Standard input is silent, and left alone; `npm start -- -` waits for it.';
  return piped === 'silence' ? { input: undefined, notice } : { input: undefined };
}
