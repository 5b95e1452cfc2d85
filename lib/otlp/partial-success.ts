import { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { HttpAnswer } from '../http/parsed-error.js';

/**
 * Reads the `partialSuccess` of an `ExportLogsServiceResponse`.
 *
 * It contains the number of refused records, but doesn't name them. The same number of the request's last events fail in their place, so that the
 * counts are exact. They must not be sent again.
 *
 * An answer without a count is a full success. Rejects for an HTML page, which isn't the answer of a receiver.
 */
export async function partialSuccess<E>(answer: HttpAnswer, { events }: EventBatch<E>): Promise<SinkError<E> | undefined> {
  if (answer.status < 200 || answer.status >= 300) return undefined;
  if (answer.header('content-type')?.toLowerCase().startsWith('text/html') === true)
    throw new TypeError('Expected the answer of an OTLP receiver, got a web page');
  const { rejectedLogRecords, errorMessage } = reportOf(await answer.text());
  const count = Math.min(Number(rejectedLogRecords ?? 0), events.length);
  if (!(count >= 1)) return undefined;
  const failed = events.slice(-Math.floor(count));
  const reason = typeof errorMessage === 'string' && errorMessage !== '' ? `: ${errorMessage.slice(0, MAX_MESSAGE)}` : '';
  return new SinkError('rejected', `The receiver refused ${String(failed.length)} of ${String(events.length)} log records${reason}`, {
    code: 'OTLP_PARTIAL_SUCCESS',
    failed,
    rejected: failed,
  });
}

/** Maximum length of the receiver's message, in characters. */
const MAX_MESSAGE = 500;

interface Report {
  readonly rejectedLogRecords?: unknown;
  readonly errorMessage?: unknown;
}

function reportOf(text: string): Report {
  try {
    const { partialSuccess: report } = JSON.parse(text) as { readonly partialSuccess?: Report | null };
    return report ?? {};
  } catch {
    // Some receivers answer with an empty body or plain text.
    return {};
  }
}
