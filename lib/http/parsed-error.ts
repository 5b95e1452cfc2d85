import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import { failedEvents } from '../lane/failed-events.js';
import { failAs } from './request-error.js';
import type { HttpResponse } from './transport.js';

/** The part of an answer that `parseResponse` reads. */
export type HttpAnswer = Pick<HttpResponse, 'status' | 'header' | 'text'>;

/** Details of an answer, in addition to its status. */
export interface AnswerDetails {
  /** Events, or their ids, that are refused permanently. The others were delivered if the status is 2xx; otherwise they are sent again. @default the status applies */
  readonly rejected?: readonly unknown[];
  /** Milliseconds to wait before the next attempt. @default the delay of `Retry-After` */
  readonly retryAfterMs?: number;
}

/**
 * The outcomes of the events of a request that an answer reports:
 * - `undefined`: the status applies to all events
 * - an array of events, or of their ids: these are refused permanently, and the others delivered; an empty array confirms a 2xx, and for other
 *   answers the status applies
 * - `AnswerDetails`: the status applies, completed by these details
 * - a `SinkError`: overrides the status; it may name the events that were not delivered (`failed`), and among these the permanently refused ones
 *   (`rejected`), so that the lane sends the others again
 *
 * Names that aren't in the batch are ignored. If no name is in the batch, the result applies to all events.
 */
export type ParsedResponse = SinkError | AnswerDetails | readonly unknown[] | undefined;

/** Reads an answer of any status; `batch` holds the events of the request. */
export type ResponseParser<E> = (response: HttpAnswer, batch: EventBatch<E>) => ParsedResponse | Promise<ParsedResponse>;

/** The result of the parser as an error; `undefined` if all events were delivered; details, possibly none, if the status applies. */
export async function parsedError<E>(
  parse: ResponseParser<E> | undefined,
  response: HttpResponse,
  batch: EventBatch<E>,
): Promise<SinkError | AnswerDetails | undefined> {
  const isTaken = response.status >= 200 && response.status < 300;
  const byStatus = isTaken ? undefined : {};
  if (parse === undefined) return byStatus;
  const answer: HttpAnswer = {
    status: response.status,
    header: (name) => response.header(name),
    text: () => response.text().catch(failAs('unavailable', 'ANSWER_BROKEN', 'Reading the answer failed')),
  };
  let parsed: ParsedResponse;
  try {
    parsed = await parse(answer, batch);
  } catch (error) {
    // The answer may come from elsewhere, such as a proxy's page for a 502: its status applies.
    if (!isTaken) return byStatus;
    return failAs('write_failed', 'PARSE_RESPONSE_FAILED', '`parseResponse` failed')(error);
  }
  if (isSinkError(parsed)) return withEvents(parsed, batch.events);
  const named = isDetails(parsed) ? parsed.rejected : parsed;
  const rejected = named && failedEvents(batch.events, named);
  if (!isTaken && isDetails(parsed)) return rejected ? { ...parsed, rejected } : parsed;
  if (rejected === undefined || rejected.length === 0) return byStatus;
  return new SinkError('rejected', 'The answer names events that failed', { code: 'PARTLY_REJECTED', failed: rejected, rejected });
}

const isDetails = (parsed: ParsedResponse): parsed is AnswerDetails => isObject(parsed);

/** Replaces ids in the error by the events. */
function withEvents(error: SinkError, events: readonly unknown[]): SinkError {
  const { kind, message, code, retryable, retryAfterMs, failed, rejected, cause } = error;
  if (![failed, rejected].some((named) => named?.some((each) => typeof each === 'string'))) return error;
  return new SinkError(kind, message, {
    code,
    retryable,
    cause,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(failed !== undefined && { failed: failedEvents(events, failed) }),
    ...(rejected !== undefined && { rejected: failedEvents(events, rejected) }),
  });
}
