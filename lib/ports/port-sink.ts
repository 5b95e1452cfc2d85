import { catchError, EMPTY, map, mergeMap, tap, throwError, type Observable } from 'rxjs';
import type { FlushReport } from '../collector/flush-report.js';
import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { jsonCopy, sizeOf } from '../internal/json-value.js';
import type { EventSink } from '../sink/sink.js';
import type { PortLink } from './port-link.js';
import type { Reply } from './port-messages.js';

/** The sink of a `portCollector`. An event is delivered once the other side's collector has accepted it. */
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
 * An attempt succeeds when the other side's collector has accepted them, which it delays until it has capacity. Values that aren't plain data are
 * sent in their JSON form: see `toJson`. Events that can't be read, or are sent after the other collector's shutdown, fail alone.
 *
 * @param toInput selects the fields of an event to send
 * @param tally sent with each request
 */
export function portSink<E extends AnalyticsEvent>(link: PortLink, toInput: (event: E) => EventInput, tally: Float64Array): PortSink<E> {
  const cross = (events: readonly E[], toMessage: (input: EventInput) => unknown): Observable<never> => {
    const failed: E[] = [];
    const sent: E[] = [];
    const messages: unknown[] = [];
    for (const event of events) {
      try {
        messages.push(toMessage(toInput(event)));
        sent.push(event);
      } catch {
        failed.push(event);
      }
    }
    return link.ask({ kind: 'events', events: messages, tally: [...tally] }).pipe(
      mergeMap((reply) => {
        const { refused } = reply as Extract<Reply, { kind: 'taken' }>;
        const all = [...failed, ...sent.filter((_, place) => refused.includes(place))];
        return all.length === 0
          ? EMPTY
          : throwError(
              () => new SinkError('rejected', 'The events could not be read, or the other collector is shut down', { failed: all }),
            );
      }),
    );
  };
  let lastReport: FlushReport | undefined;
  const flushOtherEnd = (timeoutMs: number): Observable<FlushReport> =>
    link.ask({ kind: 'flush', timeoutMs }).pipe(map((reply) => (reply as Extract<Reply, { kind: 'flushed' }>).report));

  return {
    name: 'port',
    process: ({ events }) =>
      cross(events, portable).pipe(
        catchError((error: unknown) => {
          if (isSinkError(error)) throw error;
          // Cloning failed because of an event, for instance with a Proxy or a symbol, and nothing was sent.
          return cross(events, (input) => {
            const message = portable(input);
            return isCloneable(message) ? message : copied(input);
          });
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

/** Plain data is sent unchanged. Ports would refuse some other values, such as functions, and send others as empty objects, such as URLs. */
const portable = (input: EventInput): EventInput => (sizeOf(input) < 0 ? copied(input) : input);

const copied = (input: EventInput): EventInput => ({
  ...input,
  data: jsonCopy(input.data),
  metadata: jsonCopy(input.metadata) as EventInput['metadata'],
});

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
