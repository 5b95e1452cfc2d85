import { asyncScheduler } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { aDelay, aFunction } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { LaneStore } from '../lane/lane-spool.js';
import { expectThat, sampleEvents } from './contract-parts.js';
import { deepEqual } from './deep-equal.js';
import { show } from './show.js';
import { formOf, StoreLife, textsOf } from './store-life.js';
import { testApi, type TestApi } from './test-api.js';

/** How the suite creates, damages and removes the store. */
export interface LaneStoreContract<S extends LaneStore = LaneStore> {
  /** Creates an empty store. Called for each test; a test opens the store several times, like consecutive runs of a program. */
  readonly create: () => S | Promise<S>;
  /**
   * Returns a store with the content that the next run would find if the program were killed now, while the store is open. For files: a store on a
   * copy of them. @default none: crashes are not checked
   */
  readonly crash?: ((store: S) => LaneStore | Promise<LaneStore>) | undefined;
  /** Damages one or two of three stored batches, while the store is closed. @default none: damage is not checked */
  readonly damage?: ((store: S) => unknown) | undefined;
  /** Creates an empty store with capacity for 100 kB but not for 1 MB. @default none: refusal is not checked */
  readonly bounded?: (() => S | Promise<S>) | undefined;
  /** Creates a store that can't be opened. @default none: failure is not checked */
  readonly failing?: (() => S | Promise<S>) | undefined;
  /** Cleans up after each test, when the store is closed. */
  readonly teardown?: ((store: S) => unknown) | undefined;
  /** Time limit for each step of the store, in real milliseconds; below the runner's limit for a test. @default 1_000 */
  readonly timeoutMs?: number | undefined;
}

const CONTRACT = /* @__PURE__ */ optionsOf<LaneStoreContract, 'crash' | 'damage' | 'bounded' | 'failing' | 'teardown'>(() => ({
  create: aFunction,
  crash: [aFunction],
  damage: [aFunction],
  bounded: [aFunction],
  failing: [aFunction],
  teardown: [aFunction],
  timeoutMs: [aDelay(1), 1_000],
}));

/** The objects that a test uses. */
interface StoreTrial<S> {
  readonly store: S;
  /** Opens the store for a sink, `'http'` by default. */
  readonly open: (sink?: string, store?: LaneStore) => StoreLife;
}

/**
 * Declares the tests that every store for durable lanes must pass: stored batches are recovered in order, even after a crash; parts replace their
 * batch, and never exist together with it; refused changes, damage, and a store that can't be opened are reported, and nothing else fails.
 *
 * The tests use the store as lanes do, in real time, and throw plain errors, so that they run under any test runner.
 *
 * @param api `describe` and `it`, if they are not globals
 * @throws TypeError for an invalid or unknown option, and if there is no `describe` and `it`
 * @example
 * function memoryStore(): LaneStore {
 *   const sinks = new Map<string, Map<string, StoredBatch>>();
 *   return laneStore((sink) => {
 *     const stored = sinks.get(sink) ?? new Map<string, StoredBatch>();
 *     sinks.set(sink, stored);
 *     return {
 *       recover: () => Promise.resolve({ batches: [...stored.values()].sort((a, b) => a.position - b.position) }),
 *       write: ({ put, remove }) => {
 *         for (const id of remove) stored.delete(id);
 *         for (const batch of put) stored.set(batch.id, batch);
 *         return undefined;
 *       },
 *       close: () => undefined,
 *     };
 *   });
 * }
 * describeLaneStoreContract('memoryStore', { create: memoryStore, crash: (store) => store });
 */
export function describeLaneStoreContract<S extends LaneStore = LaneStore>(
  name: string,
  contract: LaneStoreContract<S>,
  api?: TestApi,
): void {
  const { describe, it } = testApi(api);
  const { timeoutMs } = CONTRACT.parse(contract);
  const { create, crash, damage, bounded, failing, teardown } = contract;
  const [event] = sampleEvents(asyncScheduler.now()) as readonly [AnalyticsEvent];

  const test = (title: string, body: (trial: StoreTrial<S>) => void | Promise<void>, make = create): void => {
    it(title, async () => {
      const store = await make();
      const lives: StoreLife[] = [];
      try {
        await body({
          store,
          open: (sink = 'http', opened = store) => {
            const life = new StoreLife(opened, sink, { event, timeoutMs });
            lives.push(life);
            return life;
          },
        });
      } finally {
        // Ignored: another test checks `close`.
        for (const life of lives) await life.close().catch(() => undefined);
        await teardown?.(store);
      }
    });
  };

  describe(`${name}: the contract of a store for durable lanes`, () => {
    test('is empty at first', async ({ open }) => {
      await expectRecovered(open(), []);
    });

    test('returns what was put, in order', async ({ open }) => {
      const first = open();
      const batches = [first.add('a', 'b'), first.add('c'), first.add('d')];
      await first.stored(...batches);
      await first.close();
      const second = open();
      await expectRecovered(second, batches);
      await second.close();
      // Reading must not change anything.
      await expectRecovered(open(), batches);
    });

    test('stores what was put before it was open, behind what it had', async ({ open }) => {
      const first = open();
      const old = first.add('a');
      await first.stored(old);
      await first.close();
      const second = open();
      const young = second.add('b');
      await expectRecovered(second, [old]);
      await second.stored(young);
      await second.close();
      await expectRecovered(open(), [old, young]);
    });

    test('stores what was put immediately before it was closed', async ({ open }) => {
      const first = open();
      await first.recovered();
      const batch = first.add('a');
      await first.close();
      await expectRecovered(open(), [batch]);
    });

    test('forgets what is settled', async ({ open }) => {
      const first = open();
      const [a, b, c] = [first.add('a'), first.add('b'), first.add('c')];
      await first.stored(a, b, c);
      first.replace(b);
      await first.close();
      const second = open();
      await expectRecovered(second, [a, c]);
      second.replace(a);
      second.replace(c);
      await second.close();
      await expectRecovered(open(), []);
    });

    test('accepts a batch again that it has forgotten', async ({ open }) => {
      const first = open();
      const [a, b] = [first.add('a'), first.add('b')];
      first.replace(a);
      first.put(a);
      await first.stored(a, b);
      await first.close();
      await expectRecovered(open(), [b, a]);
    });

    test('puts parts in the place of their batch', async ({ open }) => {
      const first = open();
      const whole = first.add('a', 'b', 'c', 'd');
      const last = first.add('e');
      const halves = [first.batch(['a', 'b']), first.batch(['c', 'd'])] as const;
      first.replace(whole, halves);
      await first.stored(...halves, last);
      await first.close();
      const second = open();
      await expectRecovered(second, [...halves, last]);
      const quarters = [second.batch(['a']), second.batch(['b'])];
      second.replace(halves[0], quarters);
      await second.stored(...quarters);
      await second.close();
      const third = open();
      const young = third.add('f');
      await expectRecovered(third, [...quarters, halves[1], last]);
      await third.stored(young);
      await third.close();
      await expectRecovered(open(), [...quarters, halves[1], last, young]);
    });

    test('puts what is left of a batch in its place, under its id', async ({ open }) => {
      const first = open();
      const whole = first.add('a', 'b');
      const last = first.add('c');
      await first.stored(whole, last);
      const rest = { ...whole, events: whole.events.slice(1) };
      first.replace(whole, [rest]);
      await first.stored(rest, last);
      await first.close();
      await expectRecovered(open(), [rest, last]);
    });

    test('keeps the order of parts after twenty divisions', async ({ open }) => {
      const first = open();
      let rest = first.add('rest');
      const parts: EventBatch[] = [];
      for (let level = 0; level < 20; level += 1) {
        const half = first.batch([String(level)]);
        const other = first.batch(['rest']);
        first.replace(rest, [other, half]);
        parts.unshift(half);
        rest = other;
      }
      await first.stored(rest, ...parts);
      await first.close();
      await expectRecovered(open(), [rest, ...parts]);
    });

    test('keeps the batches of each sink apart', async ({ open }) => {
      const names = ['http', 'http/2', '..', '.', 'a\\b', 'ä*', 'CON', 'http%2F2', "'; --"];
      const lives = names.map((sink) => open(sink));
      const batches: EventBatch[] = [];
      for (const [index, life] of lives.entries()) {
        await expectRecovered(life, []);
        const batch = life.add(names[index] ?? '');
        await life.stored(batch);
        batches.push(batch);
      }
      for (const life of lives) await life.close();
      for (const [index, sink] of names.entries()) await expectRecovered(open(sink), batches.slice(index, index + 1));
    });

    test('keeps any text', async ({ open }) => {
      const texts = ['', '\n\r\0\t"\\', '\u2028\u2029', 'ä漢字👩‍👩‍👧', '\ud800', "'; DROP TABLE batches; --", '{"put":[]}\n{"remove":[]}\n'];
      const first = open();
      const batches = [first.add(...texts), ...texts.map((text) => first.add(text))];
      await first.stored(...batches);
      await first.close();
      await expectRecovered(open(), batches);
    });

    test('keeps large batches, and many', async ({ open }) => {
      const first = open();
      const batches = [first.add('x'.repeat(2_000_000)), ...Array.from({ length: 300 }, (_, n) => first.add(String(n)))];
      await first.stored(...batches);
      await first.close();
      await expectRecovered(open(), batches);
    });

    test('reads a batch again, if it can', async ({ open }) => {
      const first = open();
      const batches = [first.add('a', 'ä\ud800'), first.add('b'), first.add('x'.repeat(100_000))];
      await first.stored(...batches);
      for (const batch of batches) await expectRead(first, batch);
      const parts = [first.batch(['a']), first.batch(['ä'])];
      first.replace(batches[0] ?? first.batch([]), parts);
      await first.stored(...parts);
      await first.close();
      const second = open();
      for (const batch of await recoveredIn(second)) await expectRead(second, batch);
    });

    test('is closed once, whatever happens afterwards', async ({ open }) => {
      const first = open();
      const batch = first.add('a');
      await first.stored(batch);
      await Promise.all([first.close(), first.close()]);
      first.replace(batch);
      first.add('b');
      await first.close();
      await expectRecovered(open(), [batch]);
      expectNoErrors(first);
    });

    test('closes before it is open', async ({ open }) => {
      const first = open();
      await first.close();
      await expectRecovered(open(), []);
    });

    if (crash !== undefined) {
      test('returns what it had confirmed after a crash', async ({ open, store }) => {
        const first = open();
        const batches = [first.add('a', 'b'), first.add('c')];
        await first.stored(...batches);
        await expectRecovered(open('http', await crash(store)), batches);
      });

      test('has the parts of a batch or the batch after a crash, and never both', async ({ open, store }) => {
        const first = open();
        const [a, b] = [first.add('a', 'b'), first.add('c')];
        await first.stored(a, b);
        const part = first.batch(['b']);
        first.replace(a, [part]);
        const settled = await recoveredIn(open('http', await crash(store)));
        const expected = [
          [['b'], ['c']],
          [['a', 'b'], ['c']],
        ];
        expectThat(
          expected.some((each) => deepEqual(each, textsOf(settled))),
          `Expected one of ${show(expected)}, got ${show(textsOf(settled))}`,
        );
        await first.stored(part);
        await expectRecovered(open('http', await crash(store)), [part, b]);
      });

      test('continues after a crash', async ({ open, store }) => {
        const first = open();
        const [a, b] = [first.add('a'), first.add('b')];
        first.replace(a);
        // Changes are stored in order, so all earlier ones are stored, too.
        await first.stored(b, first.add('c'));
        const crashed = await crash(store);
        const second = open('http', crashed);
        const [, c] = await recoveredIn(second);
        second.replace(b);
        const d = second.add('d');
        await second.stored(d);
        await second.close();
        const third = await recoveredIn(open('http', crashed));
        expectThat(deepEqual(textsOf(third), [['c'], ['d']]) && third[0]?.id === c?.id, `Expected c and d, got ${show(textsOf(third))}`);
      });
    }

    if (damage !== undefined) {
      test('reports damage, returns what is readable, and continues', async ({ open, store }) => {
        const first = open();
        const batches = [first.add('a'), first.add('b'), first.add('c')];
        await first.stored(...batches);
        await first.close();
        await damage(store);
        const second = open();
        const recovered = await second.recovered();
        await second.reported();
        const readable = batches.filter(({ id }) => recovered.some((each) => each.id === id));
        expectThat(
          readable.length < 3 && readable.length > 0 && deepEqual(textsOf(recovered), textsOf(readable)),
          `Expected one or two of a, b, c, got ${show(textsOf(recovered))}`,
        );
        const young = second.add('d');
        await second.stored(young);
        await second.close();
        const third = await open().recovered();
        expectThat(
          deepEqual(textsOf(third), textsOf([...readable, young])),
          `Expected the readable batches and d, got ${show(textsOf(third))}`,
        );
      });
    }

    if (bounded !== undefined) {
      test(
        'reports a batch that it refuses, and accepts others',
        async ({ open }) => {
          const first = open();
          const a = first.add('a');
          await first.stored(a);
          const tooLarge = first.add('x'.repeat(1_000_000));
          await first.reported();
          const b = first.add('b');
          await first.stored(b);
          expectThat(!first.has(tooLarge), 'Expected the store to refuse a batch of 1 MB');
          await first.close();
          await expectRecovered(open(), [a, b]);
        },
        bounded,
      );

      test(
        'does not return a batch whose remainder it has refused',
        async ({ open }) => {
          const first = open();
          const [a, b] = [first.add('a'), first.add('b')];
          await first.stored(a, b);
          first.replace(a, [first.batch(['x'.repeat(1_000_000)])]);
          await first.reported();
          await first.close();
          await expectRecovered(open(), [b]);
        },
        bounded,
      );
    }

    if (failing !== undefined) {
      test(
        'reports that it cannot be opened',
        async ({ open }) => {
          const life = open();
          const batch = life.add('a');
          expectThat((await life.recovered()).length === 0, 'Expected no batches');
          await life.reported();
          life.replace(batch);
          expectThat(!life.has(batch) && !life.has(life.add('b')), 'Expected no batch to be stored');
          await life.close();
        },
        failing,
      );
    }
  });
}

async function recoveredIn(life: StoreLife): Promise<readonly EventBatch[]> {
  const batches = await life.recovered();
  expectNoErrors(life);
  return batches;
}

async function expectRead(life: StoreLife, batch: EventBatch): Promise<void> {
  const read = await life.read(batch);
  expectNoErrors(life);
  if (read !== undefined)
    expectThat(deepEqual(formOf(read), formOf(batch)), `Expected the batch ${show(textsOf([batch]))}, got ${show(textsOf([read]))}`);
}

async function expectRecovered(life: StoreLife, expected: readonly EventBatch[]): Promise<void> {
  const batches = await recoveredIn(life);
  expectThat(
    deepEqual(batches.map(formOf), expected.map(formOf)),
    `Expected ${String(expected.length)} batches, with the texts ${show(textsOf(expected))}, got ${String(batches.length)}: ${show(textsOf(batches))}`,
  );
}

function expectNoErrors({ errors }: StoreLife): void {
  expectThat(errors.length === 0, `Expected no errors, got ${show(errors)}`);
}
