import { SinkError } from '../errors/sink-error.js';
import type { HttpAnswer } from '../http/parsed-error.js';

/** The JSON object of an answer; an empty one for anything else, such as a proxy's page. */
export async function objectOf(answer: HttpAnswer): Promise<Readonly<Record<string, unknown>>> {
  const text = await answer.text();
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/** The events at these positions. */
export const eventsAt = <E>(events: readonly E[], positions: Iterable<unknown>): readonly E[] => {
  const named = new Set(positions);
  return events.filter((_, position) => named.has(position));
};

/** Refuses these events of a request; the others are sent again. */
export const refusal = (message: string, code: string, rejected: readonly unknown[]): SinkError =>
  new SinkError('rejected', message, { code, rejected });
