import { SinkError } from '../errors/sink-error.js';
import { retryAfterMs } from './retry-after.js';
import type { HttpResponse } from './transport.js';

/** They pass: the request came too slowly (408), too early (425), or too often (429). */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * What a status means for a batch; `undefined` for a success.
 *
 * 408, 425, 429 and 5xx are `unavailable`, with what `Retry-After` says; 413 is `too_large`; anything else is `rejected`, redirects included.
 */
export function answerError({ status, header }: Pick<HttpResponse, 'status' | 'header'>, now: () => number): SinkError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const code = `HTTP_${String(status)}`;
  if (status >= 500 || PASSING.has(status)) {
    const afterMs = retryAfterMs(header('retry-after'), now());
    return new SinkError('unavailable', `Answered ${String(status)}`, { code, ...(afterMs !== undefined && { retryAfterMs: afterMs }) });
  }
  if (status === 413) return new SinkError('too_large', 'Answered 413', { code });
  const what = status < 400 ? `a redirect, which is not followed (${String(status)})` : String(status);
  return new SinkError('rejected', `Answered ${what}`, { code });
}
