import { catchError, EMPTY, map, mergeMap, tap, throwError, type Observable } from 'rxjs';
import type { FlushReport } from '../collector/flush-report.js';
import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { EventSink } from '../sink/sink.js';
import type { PortLink } from './port-link.js';
import type { Reply } from './port-messages.js';

/** The sink of a `portCollector`: what it delivers is in the hands of the collector at the other end. */
export interface PortSink<E> extends Required<EventSink<E>> {
  /** Has the collector at the other end flush, and gives its report. */
  flushOtherEnd(timeoutMs: number): Observable<FlushReport>;
  /** What `flush` was told. */
  lastReport(): FlushReport | undefined;
}

const FLUSH_TIMEOUT_MS = 30_000;

/**
 * Sends a batch's events over a port.
 *
 * An attempt succeeds when the collector at the other end has taken them, which under back-pressure is when it has room. Events that can't be
 * cloned, and those that come after its end, fail alone.
 *
 * @param toInput what of an event crosses
 * @param tally sent along
 */
export function portSink<E extends AnalyticsEvent>(link: PortLink, toInput: (event: E) => unknown, tally: Float64Array): PortSink<E> {
  /** `failed`: those that were left behind already. */
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
          // Cloning stopped at one of them, and none has gone.
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
