/**
 * MurmurHash3_x86_32 of a string's UTF-16 code units, low byte first: 32 bits, unsigned, the same in every process and on every machine.
 *
 * Two code units form one block, so the string doesn't need to be encoded. Not suitable for secrets.
 *
 * Source: Austin Appleby, MurmurHash3.cpp, public domain (github.com/aappleby/smhasher); chosen because its final mixing step allows comparing the
 * hash with a threshold.
 */
export function stringHash(text: string, seed: number): number {
  const { length } = text;
  const lastPair = length & ~1;
  let hash = seed;
  for (let index = 0; index < lastPair; index += 2) {
    hash ^= scramble(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (lastPair !== length) hash ^= scramble(text.charCodeAt(lastPair));
  hash ^= length * BYTES_PER_UNIT;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

const BYTES_PER_UNIT = 2;
