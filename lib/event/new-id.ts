import { asyncScheduler } from 'rxjs';
import { v7 } from 'uuid';

/**
 * A source of UUIDs v7, each greater than the one before, compared as strings or bytes, whatever the clock does.
 *
 * After the timestamp come 32 bits that count blocks, 34 random ones that the ids of a block share, and 8 that count within it. Both
 * counters start at random in their lower half, at each new millisecond and each new block. While the clock stands still or goes back, the
 * ids keep the last timestamp and count on; the millisecond whose 2³¹ or more blocks are used up borrows the next one.
 *
 * Sources share nothing: 72 bits a millisecond, from the platform's `crypto`, keep their ids apart and hard to guess. Within a block
 * an id gives its successor away.
 *
 * @param now milliseconds since the epoch; asked once for each id
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
  /** What the ids of the block have in common. */
  let prefix = '';

  function openBlock(time: number): string {
    if (drawn === POOL_BYTES) {
      crypto.getRandomValues(pool);
      drawn = 0;
    }
    // To the front, where `v7` looks. Slots are drawn in order, so that the front one has been used by then.
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
    // `trim` changes nothing, but flattens the rope. Measured on Node 20, 5,000 ids a millisecond, time and bytes kept for each:
    // `trim` 35 ns, 58 B · `charCodeAt` 46 ns, 58 B · `join` 64 ns, 56 B · `toLowerCase` 73 ns, 56 B · `fromCharCode` 96 ns, 56 B ·
    // the rope itself 15 ns, 32 B, that become 88, and 100 ns more, when it is first read · a `v7` for each 300 ns, 56 B, and 2,500 ns
    // without the pool. At one id a millisecond each takes a block of its own: 310 ns.
    return (prefix + (lowDigits[low] ?? '')).trim();
  };
}

let defaultSource: (() => string) | undefined;

/** A UUID v7 from the one source that whoever brings none of their own shares; its clock is `asyncScheduler`'s. */
export function newId(): string {
  defaultSource ??= createIdSource(() => asyncScheduler.now());
  return defaultSource();
}

const LAST_LOW = 0xff;
const LAST_HIGH = 0xffff_ffff;
const LAST_MSECS = 2 ** 48 - 1;
/** `v7` wants as many, and uses the last ten. */
const BLOCK_BYTES = 16;
/** Asking `crypto` costs 2 µs however little is asked for. */
const POOL_BYTES = 256 * BLOCK_BYTES;
