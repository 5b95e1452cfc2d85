import { SinkError } from '../errors/sink-error.js';
import type { AnswerDetails } from './parsed-error.js';
import { retryAfterMs } from './retry-after.js';

/** The part of an answer that decides the outcome of its batch. */
export interface AnswerHead {
  readonly status: number;
  readonly header: (name: string) => string | null | undefined;
}

/**
 * The error for an answer's status, completed by `details`; `undefined` for 2xx.
 *
 * | status | kind |
 * |---|---|
 * | 408, 425, 429, 5xx, or those of `retryStatuses` | `unavailable`, with the delay of `Retry-After` |
 * | 413 | `too_large` |
 * | 400, 422 | `rejected`: one event may be to blame |
 * | others, redirects included | `rejected`, all of `events`: the request is to blame |
 */
export function answerError(
  { status, header }: AnswerHead,
  events: readonly unknown[],
  now: () => number,
  retryStatuses?: readonly number[],
  details?: AnswerDetails,
): SinkError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const code = `HTTP_${String(status)}`;
  if (retryStatuses?.includes(status) ?? (status >= 500 || [408, 425, 429].includes(status))) {
    const afterMs = retryAfterMs(header('retry-after'), header('date'), now);
    return new SinkError('unavailable', `Answered ${String(status)}`, {
      code,
      ...(afterMs !== undefined && { retryAfterMs: afterMs }),
      ...details,
    });
  }
  if (status === 413) return new SinkError('too_large', 'Answered 413', { code, ...details });
  return new SinkError('rejected', `Answered ${status < 400 ? `a redirect, which is not followed (${String(status)})` : String(status)}`, {
    code,
    // All events are named as rejected, so that the lane doesn't halve the batch to find a faulty one.
    ...(status !== 400 && status !== 422 && { rejected: events }),
    ...details,
  });
}
