import { stringHash } from './string-hash.js';

/** A text of at most `maxLength` characters: a longer one by its start, its length and 64 bits of hash. */
export function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const hash = SEEDS.map((seed) => stringHash(text, seed).toString(36)).join('.');
  const rest = `…${String(text.length)}.${hash}`;
  return text.slice(0, maxLength - rest.length) + rest;
}

const SEEDS = [0, 0x9747b28c] as const;
