import { isSinkError, type SinkError } from '../errors/sink-error.js';
import { createBatch } from '../event/batch-of.js';
import { createEvent } from '../event/create-event.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { newId } from '../event/new-id.js';
import { aDelay, checkOption } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import { deepEqual } from './deep-equal.js';
import { show } from './show.js';
import { SinkTrial } from './sink-trial.js';
import { testApi, type TestApi } from './test-api.js';

/** A sink, and what the suite has to know about it. */
export interface SinkContract<E extends AnalyticsEvent = AnalyticsEvent, S extends EventSink<E> = EventSink<E>> {
  /** Makes a sink in working order, anew for each test. */
  readonly create: () => S | Promise<S>;
  /** The ids of the events that have arrived where the sink sends them; asked after a `flush`. @default arrival is not looked at */
  readonly received?: ((sink: S) => readonly string[] | Promise<readonly string[]>) | undefined;
  /** Makes a sink that can't reach what it sends to. @default failure is not looked at */
  readonly failing?: (() => S | Promise<S>) | undefined;
  /** Clears up after each test, when the sink has been closed. */
  readonly teardown?: ((sink: S) => unknown) | undefined;
  /** What goes in, each time with fresh ids; at least two. @default four events, of every priority */
  readonly events?: readonly E[] | undefined;
  /** Real milliseconds within which a sink has to answer; the test runner's own limit must be longer. @default 1_000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * Declares the tests that every sink has to pass, whatever it sends to: batches small and large, twice, two at once, frozen, and with
 * hostile events among them; attempts that are aborted or given up; flush and close.
 *
 * They run in real time, call the sink as a lane does, and throw plain errors, so that they work under any test runner. A promise that a sink leaves
 * behind to reject is for the runner to notice: while the test still runs, there is a moment for it.
 *
 * @param api `describe` and `it`, where they are no globals
 * @throws TypeError for fewer than two events, or where there is no `describe` and `it`
 * @example
 * describeSinkContract('MemorySink', { create: () => new MemorySink(), received: ({ events }) => events.map(({ id }) => id) });
 */
export function describeSinkContract<E extends AnalyticsEvent = AnalyticsEvent, S extends EventSink<E> = EventSink<E>>(
  name: string,
  contract: SinkContract<E, S>,
  api?: TestApi,
): void {
  const { describe, it } = testApi(api);
  const { create, received, failing, teardown, timeoutMs = 1_000 } = contract;
  const events = contract.events ?? (EVENTS as readonly AnalyticsEvent[] as readonly E[]);
  if (events.length < 2) throw new TypeError('Expected `events` to hold at least two events');
  checkOption('timeoutMs', timeoutMs, aDelay(1));

  let sequence = 0;
  const batchOf = (sent: readonly E[]): EventBatch<E> => createBatch(sent, (sequence += 1));
  const fresh = (count = events.length): EventBatch<E> => batchOf(events.slice(0, count).map((event) => ({ ...event, id: newId() })));

  const test = (title: string, body: (trial: SinkTrial<E, S>) => Promise<void>, make = create): void => {
    it(title, async () => {
      const sink = await make();
      const trial = new SinkTrial<E, S>(sink, timeoutMs);
      try {
        await body(trial);
      } finally {
        await trial.end();
        await teardown?.(sink);
      }
    });
  };

  const expectArrived = async ({ sink, flush }: SinkTrial<E, S>, sent: readonly E[], atMost = 1): Promise<void> => {
    await flush();
    if (received === undefined) return;
    const ids = await received(sink);
    for (const { id } of sent) {
      const times = ids.filter((each) => each === id).length;
      expectThat(times >= 1 && times <= atMost, `Expected each event to arrive, and once, got ${show(id)} ${String(times)} times`);
    }
  };

  describe(`${name}: the contract of a sink`, () => {
    test('has a name, and functions where functions are due', async ({ sink }) => {
      expectThat(typeof sink.name === 'string' && sink.name !== '', `Expected \`name\` to be a non-empty string, got ${show(sink.name)}`);
      expectThat(typeof sink.process === 'function', `Expected \`process\` to be a function, got ${show(sink.process)}`);
    });
  });
}
