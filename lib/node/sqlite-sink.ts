import { defer, EMPTY } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aNonEmptyString, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';
import type { EventStore } from './event-store.js';

export interface SqliteSinkOptions {
  /** Unique within a collector. @default 'sqlite' */
  readonly name?: string | undefined;
}

const aStore: Expectation = {
  expected: 'an event store, as `openEventStore({ path })` returns it',
  accepts: (value) => isObject(value) && isFunction(value.append) && isFunction(value.flush),
};

const OPTIONS = optionsOf<SqliteSinkOptions>(() => ({ name: [aNonEmptyString, 'sqlite'] }));

/**
 * Stores events in an event store, one transaction per batch.
 *
 * If a batch is sent again, because its first attempt timed out or its process died, no event is stored twice: events are identified by their id. An
 * event without a JSON form, or with an id, type or time that no query could find, fails alone, as `rejected`; the others are stored. `flush` makes
 * the stored events durable. `close` leaves the store open for queries: close it yourself.
 *
 * @throws TypeError for an invalid store, or an invalid or unknown option
 * @example
 * const store = openEventStore({ path: 'events/events.db', retention: { maxAgeMs: 30 * 86_400_000 } });
 * const collector = new EventCollector({ sinks: [sqliteSink(store)] });
 * collector.collect({ type: 'feature_used', data: { feature: 'search' } });
 * await collector.shutdown();
 * expect(store.byType('feature_used')[0]?.data).to.deep.equal({ feature: 'search' });
 * store.close();
 */
export function sqliteSink<E extends AnalyticsEvent = AnalyticsEvent>(
  store: Pick<EventStore<E>, 'append' | 'flush'>,
  options?: SqliteSinkOptions,
): EventSink<E> {
  const { name } = OPTIONS.parse(options);
  checkArgument('store', store, aStore);
  let isClosed = false;
  return {
    name,
    process({ events }) {
      if (isClosed) throw new SinkError('write_failed', 'The SQLite sink is closed', { code: 'SINK_CLOSED', retryable: false });
      const { failed, cause } = store.append(events);
      if (failed.length > 0) {
        const message = `${String(failed.length)} of ${String(events.length)} events can't be stored`;
        throw new SinkError('rejected', message, { code: 'NOT_STORABLE', failed, cause });
      }
    },
    flush: () =>
      defer(() => {
        store.flush();
        return EMPTY;
      }),
    close: () => {
      isClosed = true;
      return EMPTY;
    },
  };
}
