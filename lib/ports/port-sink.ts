import { catchError, EMPTY, map, mergeMap, tap, throwError, type Observable } from 'rxjs';
import type { FlushReport } from '../collector/flush-report.js';
import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { EventSink } from '../sink/sink.js';
import type { PortLink } from './port-link.js';
import type { Reply } from './port-messages.js';

/** The sink of a `portCollector`. An event is delivered once the other side's collector has it. */
export interface PortSink<E> extends Required<EventSink<E>> {
  /** Flushes the other side's collector, and emits its report. */
  flushOtherEnd(timeoutMs: number): Observable<FlushReport>;
  /** The other side's report of the last `flush`. */
  lastReport(): FlushReport | undefined;
}

const FLUSH_TIMEOUT_MS = 30_000;

/**
 * Sends a batch's events over a port.
 *
 * An attempt succeeds when the other side's collector has accepted them, which under back-pressure means when it has capacity. Events that can't be
 * cloned, and those sent after its end, fail alone.
 *
 * @param toInput selects what to send of an event
 * @param tally sent with each request
 */
export function portSink<E extends AnalyticsEvent>(link: PortLink, toInput: (event: E) => unknown, tally: Float64Array): PortSink<E> {
  /** @param failed events that could not be sent */
  const cross = (events: readonly E[], failed: readonly E[]): Observable<never> =>
    link.ask({ kind: 'events', events: events.map(toInput), tally: [...tally] }).pipe(
      mergeMap((reply) => {
        const { refused } = reply as Extract<Reply, { kind: 'taken' }>;
        const all = [...failed, ...events.filter((_, place) => refused.includes(place))];
        return all.length === 0 ? EMPTY : throwError(() => new SinkError('rejected', 'Not cloneable, or too late', { failed: all }));
      }),
    );
  let lastReport: FlushReport | undefined;
  const flushOtherEnd = (timeoutMs: number): Observable<FlushReport> =>
    link.ask({ kind: 'flush', timeoutMs }).pipe(map((reply) => (reply as Extract<Reply, { kind: 'flushed' }>).report));

  return {
    name: 'port',
    process: ({ events }) =>
      cross(events, []).pipe(
        catchError((error: unknown) => {
          if (isSinkError(error)) throw error;
          // Cloning failed for one event, and none was sent.
          const good = events.filter((event) => isCloneable(toInput(event)));
          return cross(
            good,
            events.filter((event) => !good.includes(event)),
          );
        }),
      ),
    flush: () =>
      flushOtherEnd(FLUSH_TIMEOUT_MS).pipe(
        tap((report) => {
          lastReport = report;
        }),
      ),
    close: () => {
      link.close();
      return EMPTY;
    },
    flushOtherEnd,
    lastReport: () => lastReport,
  };
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
