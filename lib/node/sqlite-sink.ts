import { defer, EMPTY } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { aFunction, aNonEmptyString, checkArgument } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import type { EventStore } from './event-store.js';

export interface SqliteSinkOptions {
  /** Unique within a collector. @default 'sqlite' */
  readonly name?: string | undefined;
}

/**
 * Stores events in an event store, one transaction a batch.
 *
 * A batch that is tried again, as its first attempt timed out or its process died, stores nothing twice: events are told by their id. An
 * event without a JSON form, or whose id, type or time can't be looked up, fails alone, as `rejected`; the others are stored. `flush` makes
 * durable what was stored. `close` leaves the store open, to be asked: whoever opened it closes it.
 *
 * @throws TypeError for what is no store, or an empty name
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
  options: SqliteSinkOptions = {},
): EventSink<E> {
  checkKeys(options, { name: true });
  const { name = 'sqlite' } = options;
  checkArgument('store.append', (store as Partial<EventStore> | undefined)?.append, aFunction);
  checkArgument('name', name, aNonEmptyString);
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
