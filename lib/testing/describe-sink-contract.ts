import { asyncScheduler } from 'rxjs';
import { isSinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { aDelay, aFunction, anArray } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';
import { expectThat, sampleEvents } from './contract-parts.js';
import { show } from './show.js';
import { SinkTrial } from './sink-trial.js';
import { testApi, type TestApi } from './test-api.js';

/** How the suite creates and observes the sink. */
export interface SinkContract<E extends AnalyticsEvent = AnalyticsEvent, S extends EventSink<E> = EventSink<E>> {
  /** Creates a working sink. Called for each test. */
  readonly create: () => S | Promise<S>;
  /** Returns the ids of the events that arrived at the destination. Called after `flush`. @default none: arrival is not checked */
  readonly received?: ((sink: S) => readonly string[] | Promise<readonly string[]>) | undefined;
  /** Creates a sink that can't reach its destination. @default none: failure is not checked */
  readonly failing?: (() => S | Promise<S>) | undefined;
  /** Cleans up after each test, when the sink is closed. */
  readonly teardown?: ((sink: S) => unknown) | undefined;
  /** The events to send, with new ids each time; at least two. @default four events, one of each priority */
  readonly events?: readonly E[] | undefined;
  /** Time limit for each answer of the sink, in real milliseconds; below the runner's limit for a test. @default 1_000 */
  readonly timeoutMs?: number | undefined;
}

const CONTRACT = /* @__PURE__ */ optionsOf<SinkContract, 'received' | 'failing' | 'teardown' | 'events'>(() => ({
  create: aFunction,
  received: [aFunction],
  failing: [aFunction],
  teardown: [aFunction],
  events: [anArray],
  timeoutMs: [aDelay(1), 1_000],
}));

/**
 * Declares the tests that every sink must pass: small, large and frozen batches, two concurrent ones, a repeated one, batches that contain hostile
 * events; attempts that are aborted or abandoned; flush and close.
 *
 * The tests call the sink as a lane does, in real time. They throw plain errors, so that they run under any test runner, and wait long enough
 * for the runner to notice an unhandled rejection.
 *
 * @param api `describe` and `it`, if they are not globals
 * @throws TypeError for an invalid or unknown option, for fewer than two events, and if there is no `describe` and `it`
 * @example
 * describeSinkContract('MemorySink', { create: () => new MemorySink(), received: ({ events }) => events.map(({ id }) => id) });
 */
export function describeSinkContract<E extends AnalyticsEvent = AnalyticsEvent, S extends EventSink<E> = EventSink<E>>(
  name: string,
  contract: SinkContract<E, S>,
  api?: TestApi,
): void {
  const { describe, it } = testApi(api);
  const { timeoutMs } = CONTRACT.parse(contract);
  const { create, failing, teardown, received } = contract;
  const events = contract.events ?? (sampleEvents(asyncScheduler.now()) as readonly E[]);
  const [first] = events;
  if (first === undefined || events.length < 2) throw new TypeError('Expected `events` to hold at least two events');

  const test = (title: string, body: (trial: SinkTrial<E, S>) => void | Promise<void>, make = create): void => {
    it(title, async () => {
      const sink = await make();
      const trial = new SinkTrial<E, S>(sink, { events, timeoutMs, received });
      try {
        await body(trial);
      } finally {
        await trial.end();
        await teardown?.(sink);
      }
    });
  };

  describe(`${name}: the contract of a sink`, () => {
    test('has a name', ({ sink }) => {
      expectThat(typeof sink.name === 'string' && sink.name !== '', `Expected \`name\` to be a non-empty string, got ${show(sink.name)}`);
    });

    test('accepts a batch of one event', async (trial) => {
      const batch = trial.batch(1);
      await trial.deliver(batch);
      await trial.arrived(batch.events);
    });

    test('accepts a batch of many events', async (trial) => {
      const batch = trial.batch();
      await trial.deliver(batch);
      await trial.arrived(batch.events);
    });

    test('accepts consecutive batches', async (trial) => {
      const batches = [trial.batch(), trial.batch(), trial.batch()];
      for (const batch of batches) await trial.deliver(batch);
      await trial.arrived(batches.flatMap((batch) => batch.events));
    });

    test('accepts a batch while another one is being processed', async (trial) => {
      const batches = [trial.batch(), trial.batch()];
      await Promise.all(batches.map((batch) => trial.deliver(batch)));
      await trial.arrived(batches.flatMap((batch) => batch.events));
    });

    test('accepts the same batch twice', async (trial) => {
      // As if the answer to the first attempt was lost.
      const batch = trial.batch();
      await trial.deliver(batch);
      await trial.deliver(batch, { attempt: 2 });
      await trial.arrived(batch.events, 2);
    });

    test('does not change the batch', async (trial) => {
      const batch = deepFreeze(trial.batch());
      await trial.deliver(batch);
      await trial.arrived(batch.events);
    });

    for (const [flaw, data] of Object.entries(HOSTILE_DATA)) {
      test(`rejects only the event if its data ${flaw}`, async (trial) => {
        const batch = trial.batch([first, { ...first, data: data() }, first]);
        const [before, hostile, after] = batch.events as [E, E, E];
        await expectHarmless(trial, batch, hostile);
        await trial.arrived([before, after]);
        const alone = trial.batch([{ ...first, data: data() }]);
        await expectHarmless(trial, alone, alone.events[0] as E);
      });
    }

    test('answers and continues after its signal is aborted', async (trial) => {
      const controller = new AbortController();
      const answer = trial.answer(trial.batch(), { signal: controller.signal });
      controller.abort();
      await answer;
      await trial.answer(trial.batch(), { signal: controller.signal });
      const batch = trial.batch();
      await trial.deliver(batch);
      await trial.arrived(batch.events);
    });

    test('continues after an abandoned attempt', async (trial) => {
      await trial.abandon(trial.batch());
      const batch = trial.batch();
      await trial.deliver(batch);
      await trial.arrived(batch.events);
    });

    test('flushes and closes without a batch', async (trial) => {
      await trial.flush();
      await trial.close();
    });

    test('flushes and closes after a batch', async (trial) => {
      await trial.deliver(trial.batch());
      await trial.flush();
      await trial.close();
    });

    test('closes after an abandoned attempt', async (trial) => {
      await trial.abandon(trial.batch());
      await trial.close();
    });

    if (failing !== undefined) {
      test('fails with a SinkError if its destination is unreachable', (trial) => expectSinkError(trial, trial.batch()), failing);
    }
  });
}

/** Data without a JSON form, by the kind of its fault. */
const HOSTILE_DATA: Readonly<Record<string, () => unknown>> = {
  'contains a BigInt': () => ({ total: 1n }),
  'contains itself': () => {
    const data: Record<string, unknown> = {};
    data.self = data;
    return data;
  },
  'throws in toJSON': () => ({
    toJSON: () => {
      throw new Error('no JSON');
    },
  }),
  'throws in a getter': () => ({
    get total(): number {
      throw new Error('no total');
    },
  }),
};

/** A sink may accept a hostile event. If it doesn't, the others must not fail with it, and it must not be retried. */
async function expectHarmless<E extends AnalyticsEvent>(
  trial: Pick<SinkTrial<E>, 'attempt'>,
  batch: EventBatch<E>,
  hostile: E,
): Promise<void> {
  const error = await errorOf(trial.attempt(batch));
  if (error === undefined) return;
  const failed = isSinkError(error) && error.kind === 'rejected' ? (error.failed ?? batch.events) : [];
  expectThat(
    failed.length === 1 && isSame(failed[0], hostile),
    `Expected the sink to accept the batch, or to fail with a SinkError of kind \`rejected\` that names only the hostile event as \`failed\`, ` +
      `got ${describeError(error)}`,
  );
}

async function expectSinkError<E extends AnalyticsEvent>(trial: Pick<SinkTrial<E>, 'attempt'>, batch: EventBatch<E>): Promise<void> {
  const error = await errorOf(trial.attempt(batch));
  if (!isSinkError(error)) throw new Error(`Expected the sink to fail with a SinkError, got ${describeError(error)}`);
  const strangers = error.failed?.filter((each) => !batch.events.some((event) => isSame(each, event))) ?? [];
  expectThat(strangers.length === 0, `Expected \`failed\` to name events of the batch only, got ${show(strangers)}`);
}

/** Whether a sink has named this event: it may use a copy. */
function isSame(named: unknown, event: AnalyticsEvent): boolean {
  return named === event || (named as Partial<AnalyticsEvent> | null | undefined)?.id === event.id;
}

async function errorOf(work: Promise<void>): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error ?? new Error(`\`${show(error)}\` for an error`);
  }
}

function describeError(error: unknown): string {
  if (error === undefined) return 'no error';
  if (!isSinkError(error)) return show(error);
  const { kind, failed } = error;
  return `${show(error)} (\`${kind}\`, failed: ${failed === undefined ? 'all' : String(failed.length)})`;
}

function deepFreeze<T>(value: T, seen = new WeakSet()): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return value;
  seen.add(value);
  Object.freeze(value);
  for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) deepFreeze<unknown>(inner, seen);
  return value;
}
