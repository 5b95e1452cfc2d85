import { randomUUID } from 'node:crypto';
import { BATCH } from '../workload.mjs';

/**
 * The reference: hand-written code for somebody who needs nothing else. An object literal of fixed shape, an id, the clock once, a push, and
 * a callback every 100 events. It has no policy, bound, counts, timer, second sink, or error handling.
 */
export function loop(destination) {
  const record = recorder();
  let events = [];
  return {
    collect(input) {
      events.push(record(input));
      if (events.length < BATCH) return;
      const batch = events;
      events = [];
      void destination(batch.length, batch);
    },
    async close() {
      if (events.length > 0) await destination(events.length, events);
    },
  };
}

/** The loop for slow destinations: one batch after the other, in order. */
export function loopInOrder(destination) {
  const queue = [];
  let running = Promise.resolve();
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) await destination(batch.length, batch);
    isRunning = false;
  };
  const { collect, close } = loop((_count, batch) => {
    queue.push(batch);
    if (!isRunning) running = run();
  });
  return {
    collect,
    async close() {
      await close();
      await running;
    },
  };
}

/** The bare events in one array: the least that a buffered event can cost. */
export function bareEvents() {
  const record = recorder();
  const events = [];
  return {
    collect(input) {
      events.push(record(input));
    },
    close: () => Promise.resolve(),
  };
}

const CATEGORIES = { feature_used: 'usage', mission_created: 'usage', tokens_consumed: 'business', error_occurred: 'error' };

export function recorder() {
  const newId = pooledIds();
  const sessionId = randomUUID();
  const metadata = Object.freeze({ os: 'linux', arch: 'x64', locale: 'en-US', timezoneOffset: 0 });
  return ({ type, data }) => {
    const timestamp = Date.now();
    return {
      id: newId(timestamp),
      type,
      category: CATEGORIES[type] ?? 'custom',
      priority: 'normal',
      timestamp,
      sessionId,
      data,
      metadata,
      weight: 1,
    };
  };
}

/**
 * UUIDs v7 with 74 pooled random bits each, as flat strings.
 *
 * Measured alternatives, in ns per event of the whole loop on Node 20: digits from a table into a byte buffer 160; concatenated 185 (a rope,
 * which keeps eight times the memory); flattened 225; `uuid.v7` with pooled random bytes 460.
 */
function pooledIds() {
  const digits = Uint16Array.from({ length: 256 }, (_, byte) => {
    const [high, low] = byte.toString(16).padStart(2, '0');
    return (high.charCodeAt(0) << 8) | low.charCodeAt(0);
  });
  const text = Buffer.from('00000000-0000-7000-8000-000000000000', 'latin1');
  const pool = new Uint8Array(4_096);
  let drawn = pool.length;
  const write = (at, byte) => {
    const pair = digits[byte];
    text[at] = pair >>> 8;
    text[at + 1] = pair & 0xff;
  };
  return (now) => {
    if (drawn + 10 > pool.length) {
      crypto.getRandomValues(pool);
      drawn = 0;
    }
    const high = Math.floor(now / 2 ** 16);
    const low = now & 0xffff;
    write(0, (high >>> 24) & 0xff);
    write(2, (high >>> 16) & 0xff);
    write(4, (high >>> 8) & 0xff);
    write(6, high & 0xff);
    write(9, low >>> 8);
    write(11, low & 0xff);
    write(14, 0x70 | (pool[drawn] & 0x0f));
    write(16, pool[drawn + 1]);
    write(19, 0x80 | (pool[drawn + 2] & 0x3f));
    write(21, pool[drawn + 3]);
    write(24, pool[drawn + 4]);
    write(26, pool[drawn + 5]);
    write(28, pool[drawn + 6]);
    write(30, pool[drawn + 7]);
    write(32, pool[drawn + 8]);
    write(34, pool[drawn + 9]);
    drawn += 10;
    return text.latin1Slice(0, 36);
  };
}
