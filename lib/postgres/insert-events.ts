import { SinkError } from '../errors/sink-error.js';
import { eventJson, eventsJson } from '../event/event-json.js';
import { tryGet } from '../internal/try-get.js';
import { isErrorOfEvents, postgresError, sqlStateOf } from './postgres-error.js';

/** Inserts the events of a JSON array: one statement, which is its own transaction. */
export type Insert = (json: string) => PromiseLike<unknown>;

/**
 * Inserts events with one statement. If PostgreSQL refuses it because of an event, the events are halved until the refused ones are found: `b` of `n`
 * cost about `2·b·log₂(n)` statements, at most `2·n`. The others stay stored.
 *
 * @throws SinkError that names the events that were not stored
 */
export async function insertEvents(insert: Insert, events: readonly unknown[]): Promise<void> {
  const json = events.every(hasStorableId) ? tryGet(() => eventsJson(events)) : undefined;
  if (json === undefined) return insertOneByOne(insert, events, (rows) => [rows]);
  try {
    await insert(json);
  } catch (error) {
    if (!isErrorOfEvents(error)) throw postgresError(error);
    return insertOneByOne(insert, events, halves);
  }
}

/** An event and its JSON. */
type Row<E> = readonly [event: E, json: string];
type Rows<E> = readonly Row<E>[];

/** Inserts a batch that contains events which can't be stored. Each event is encoded once and separately. */
async function insertOneByOne<E>(insert: Insert, events: readonly E[], divide: (rows: Rows<E>) => Rows<E>[]): Promise<void> {
  const refused: E[] = [];
  let cause: unknown;
  const refuse = (event: E, error: unknown): void => {
    if (refused.push(event) === 1) cause = error;
  };
  const rows: Row<E>[] = [];
  for (const event of events) {
    try {
      rows.push(rowOf(event));
    } catch (error) {
      refuse(event, error);
    }
  }
  const todo = divide(rows).filter(({ length }) => length > 0);
  for (let part = todo.shift(); part !== undefined; part = todo.shift()) {
    const [first] = part;
    try {
      await insert(`[${part.map(([, json]) => json).join()}]`);
    } catch (error) {
      if (!isErrorOfEvents(error)) throw interrupted(postgresError(error), refused, [part, ...todo].flat());
      if (part.length > 1) todo.unshift(...halves(part));
      else if (first !== undefined) refuse(first[0], error);
    }
  }
  if (refused.length > 0) throw refusal(refused, events.length, cause);
}

function halves<T>(rows: readonly T[]): (readonly T[])[] {
  const middle = Math.ceil(rows.length / 2);
  return [rows.slice(0, middle), rows.slice(middle)];
}

function rowOf<E>(event: E): Row<E> {
  if (!hasStorableId(event)) throw new TypeError('Expected an event whose `id` is a string without lone surrogates');
  return [event, eventJson(event)];
}

/** Lone surrogates become U+FFFD in JSON, so that two different ids could become equal, and the second event would count as already stored. */
function hasStorableId(event: unknown): boolean {
  const id = tryGet(() => (event as { readonly id?: unknown }).id);
  return typeof id === 'string' && (id as string & { isWellFormed(): boolean }).isWellFormed();
}

/** The error for refused events. PostgreSQL's message may quote the event, so it is in `cause` only. */
function refusal(refused: readonly unknown[], count: number, cause: unknown): SinkError {
  const state = sqlStateOf(cause);
  const reason = state === undefined ? '' : `: SQLSTATE ${state}`;
  const message = `${String(refused.length)} of ${String(count)} events can't be stored${reason}`;
  return new SinkError('rejected', message, { code: 'NOT_STORABLE', failed: refused, rejected: refused, cause });
}

/** The error for an interruption between two parts: stored events count as delivered, refused ones as permanently refused, and the rest is sent again. */
function interrupted<E>(error: SinkError, refused: readonly E[], rows: Rows<E>): SinkError {
  const { kind, message, code, retryable, cause } = error;
  const failed = [...refused, ...rows.map(([event]) => event)];
  return new SinkError(kind, message, { code, retryable, cause, failed, rejected: refused });
}
