import { asyncScheduler } from 'rxjs';
import { v7 } from 'uuid';

/**
 * Creates a source of UUIDs v7. Each id is greater than the previous one, as a string and as bytes, even if the clock is set back.
 *
 * An id consists of the timestamp, a 32-bit block counter, 34 random bits per block, and an 8-bit counter within the block. At each new millisecond,
 * the block counter starts with a random value of its lower half; at each new block, so does the counter within the block. While the clock doesn't
 * advance, ids keep the last timestamp and continue to count. If the 2³¹ or more blocks of a millisecond are used up, the next millisecond is used.
 *
 * Sources share no state: 72 random bits per millisecond from the platform's `crypto` make collisions unlikely and ids hard to guess. Within a block,
 * the next id can be predicted.
 *
 * @param now returns milliseconds since the epoch; called once per id
 * @see RFC 9562, section 6.2, method 1
 * @example
 * const newId = createIdSource(() => 1_700_000_000_000);
 * const [first, second] = [newId(), newId()];
 * expect(first.slice(0, 15)).to.equal('018bcfe5-6800-7');
 * expect(second > first).to.equal(true);
 */
export function createIdSource(now: () => number): () => string {
  const lowDigits = Array.from({ length: LAST_LOW + 1 }, (_, count) => count.toString(16).padStart(2, '0'));
  const pool = new Uint8Array(POOL_BYTES);
  const view = new DataView(pool.buffer);
  let drawn = POOL_BYTES;
  /** The timestamp of the block. */
  let msecs = -1;
  let high = LAST_HIGH;
  let low = LAST_LOW;
  /** The common start of the block's ids. */
  let prefix = '';

  function openBlock(time: number): string {
    if (drawn === POOL_BYTES) {
      checkCrypto();
      crypto.getRandomValues(pool);
      drawn = 0;
    }
    // Copy to the front, where `v7` reads. Slots are used in order, so the front slot is free by then.
    pool.copyWithin(0, drawn, (drawn += BLOCK_BYTES));
    const isLater = time >= msecs + 1;
    if (isLater || high === LAST_HIGH) {
      msecs = isLater ? Math.floor(time) : msecs + 1;
      high = view.getUint32(6) >>> 1;
    } else {
      high += 1;
    }
    low = view.getUint8(15) >>> 1;
    view.setUint8(15, low);
    const id = v7({ msecs, seq: high, random: pool });
    prefix = id.slice(0, -2);
    return id;
  }

  return () => {
    const time = Math.min(now(), LAST_MSECS);
    if (low === LAST_LOW || time >= msecs + 1) return openBlock(time);
    low += 1;
    // `trim` changes nothing, but flattens the rope. Measured on Node 20 at 5,000 ids a millisecond, time and retained bytes per id:
    // `trim` 35 ns, 58 B · `charCodeAt` 46 ns, 58 B · `join` 64 ns, 56 B · `toLowerCase` 73 ns, 56 B · `fromCharCode` 96 ns, 56 B ·
    // the rope itself 15 ns, 32 B, but 88 B and 100 ns more when it is first read · one `v7` call per id 300 ns, 56 B, and 2,500 ns
    // without the pool. At one id a millisecond, each id opens a block: 310 ns.
    return (prefix + (lowDigits[low] ?? '')).trim();
  };
}

/**
 * Checks without drawing random bytes: some runtimes refuse randomness while modules load.
 *
 * @throws TypeError on a runtime without `crypto.getRandomValues`
 */
export function checkCrypto(): void {
  const { crypto } = globalThis as { readonly crypto?: Partial<Crypto> };
  if (!crypto?.getRandomValues)
    throw new TypeError('No `crypto.getRandomValues`: import a polyfill (react-native-get-random-values) or pass `newId`');
}

let defaultSource: (() => string) | undefined;

/** Returns a UUID v7 from the shared default source; its clock is that of `asyncScheduler`. */
export function newId(): string {
  defaultSource ??= createIdSource(() => asyncScheduler.now());
  return defaultSource();
}

const LAST_LOW = 0xff;
const LAST_HIGH = 0xffff_ffff;
const LAST_MSECS = 2 ** 48 - 1;
/** `v7` requires 16 bytes, and uses the last ten. */
const BLOCK_BYTES = 16;
/** A call of `crypto` takes 2 µs even for a few bytes. */
const POOL_BYTES = 256 * BLOCK_BYTES;
