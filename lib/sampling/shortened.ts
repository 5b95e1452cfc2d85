import { stringHash } from './string-hash.js';

/** Returns a text of at most `maxLength` characters. A longer one is replaced by its start, its length and 64 bits of hash. */
export function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const hash = SEEDS.map((seed) => stringHash(text, seed).toString(36)).join('.');
  const rest = `…${String(text.length)}.${hash}`;
  return text.slice(0, maxLength - rest.length) + rest;
}

const SEEDS = [0, 0x9747b28c] as const;
