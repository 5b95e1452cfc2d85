import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { failedEvents } from '../lane/failed-events.js';
import { failAs } from './request-error.js';
import type { HttpResponse } from './transport.js';

/** The part of an answer that `parseResponse` reads. */
export type HttpAnswer = Pick<HttpResponse, 'status' | 'header' | 'text'>;

/**
 * The outcomes of the events of a request that an answer reports:
 * - `undefined`: the status applies to all events
 * - an array of events, or of their ids: these are refused permanently, and the others delivered; an empty array confirms a 2xx, and for other
 *   answers the status applies
 * - a `SinkError`: overrides the status; it may name the events that were not delivered (`failed`), and among these permanently refused
 *   (`rejected`), so that the lane sends the others again
 *
 * Names that aren't in the batch are ignored. If no name is in the batch, the result applies to all events.
 */
export type ParsedResponse = SinkError | readonly unknown[] | undefined;

/** Reads an answer of any status; `batch` holds the events of the request. */
export type ResponseParser<E> = (response: HttpAnswer, batch: EventBatch<E>) => ParsedResponse | Promise<ParsedResponse>;

/** The result of the parser as an error; `undefined` if all events were delivered; `'status'` if the status applies. */
export async function parsedError<E>(
  parse: ResponseParser<E> | undefined,
  response: HttpResponse,
  batch: EventBatch<E>,
): Promise<SinkError | undefined | 'status'> {
  const isTaken = response.status >= 200 && response.status < 300;
  if (parse === undefined) return isTaken ? undefined : 'status';
  const answer: HttpAnswer = {
    status: response.status,
    header: (name) => response.header(name),
    text: () => response.text().catch(failAs('unavailable', 'ANSWER_BROKEN', 'Reading the answer failed')),
  };
  let named: ParsedResponse;
  try {
    named = await parse(answer, batch);
  } catch (error) {
    // The answer may come from elsewhere, such as a proxy's page for a 502: its status applies.
    if (!isTaken) return 'status';
    return failAs('write_failed', 'PARSE_RESPONSE_FAILED', '`parseResponse` failed')(error);
  }
  if (isSinkError(named)) return withEvents(named, batch.events);
  if (named === undefined || named.length === 0) return isTaken ? undefined : 'status';
  const failed = failedEvents(batch.events, byId(named));
  return new SinkError('rejected', 'The answer names events that failed', { code: 'PARTLY_REJECTED', failed, rejected: failed });
}

/** Replaces ids in the error by the events. */
function withEvents(error: SinkError, events: readonly unknown[]): SinkError {
  const { kind, message, code, retryable, retryAfterMs, failed, rejected, cause } = error;
  if (![failed, rejected].some((named) => named?.some((each) => typeof each === 'string'))) return error;
  return new SinkError(kind, message, {
    code,
    retryable,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(failed !== undefined && { failed: failedEvents(events, byId(failed)) }),
    ...(rejected !== undefined && { rejected: failedEvents(events, byId(rejected)) }),
  });
}

const byId = (named: readonly unknown[]): unknown[] => Array.from(named, (each) => (typeof each === 'string' ? { id: each } : each));
