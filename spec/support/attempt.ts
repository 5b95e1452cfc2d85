import { from, lastValueFrom } from 'rxjs';
import type { EventBatch } from '../../lib/event/event.js';
import { isSinkError, type SinkError } from '../../lib/errors/sink-error.js';
import type { EventSink } from '../../lib/sink/sink.js';

/** Makes one attempt, and returns its error, or `undefined` after a success. Rejects with an error that is not a SinkError. */
export async function attempt<E>(
  sink: EventSink<E>,
  batch: EventBatch<E>,
  signal: AbortSignal = new AbortController().signal,
): Promise<SinkError | undefined> {
  try {
    await lastValueFrom(from(sink.process(batch, { signal, attempt: 1 }) ?? []), { defaultValue: undefined });
    return undefined;
  } catch (error) {
    return sinkErrorOf(error);
  }
}

/** The SinkError with which a promise rejects. */
export async function failureOf(work: Promise<unknown>): Promise<SinkError> {
  try {
    await work;
  } catch (error) {
    return sinkErrorOf(error);
  }
  throw new Error('Expected a rejection');
}

/** The SinkError that a call throws. */
export function thrownBy(call: () => unknown): SinkError {
  try {
    call();
  } catch (error) {
    return sinkErrorOf(error);
  }
  throw new Error('Expected an exception');
}

function sinkErrorOf(error: unknown): SinkError {
  if (isSinkError(error)) return error;
  throw error;
}
