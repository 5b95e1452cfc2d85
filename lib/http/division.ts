import { isSinkError, SinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import type { Encoding } from './encoding.js';
import type { SharedEncodings } from './shared-encodings.js';

/** The events of one request, or events that can't be sent, with the error. */
export type Portion<E> =
  | { readonly batch: EventBatch<E>; readonly encoding: Encoding; readonly error?: undefined }
  | { readonly batch: EventBatch<E>; readonly error: SinkError };

/** The limits by which a batch is divided into bodies. */
export interface DivisionLimits<E> {
  readonly maxBytes: number;
  /** Maximum number of events in a body. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** Returns a smaller limit than `maxBytes`, which may change between portions. @default Infinity */
  readonly preferredBytes?: (() => number) | undefined;
  /** Events with different keys are sent in different bodies. @default all events have the same */
  readonly keyOf?: ((event: E) => unknown) | undefined;
}

/**
 * Divides a batch into bodies of at most `maxBytes` and `maxEvents`, one at a time. Each event is in exactly one portion. The order is kept, except
 * that events of one key are together, in the order of the keys' first events, and that events that can't be encoded come before the others.
 *
 * A batch that fits, whole or without such events, keeps its id. Otherwise the bodies are separate batches, `ID/1`, `ID/2` …, the same ones for each
 * attempt. A batch is cut into equal numbers of events; bodies that are still too long are cut again.
 *
 * `preferredBytes` may return a smaller limit, which may change between portions. It is ignored if events are longer than that on average. Such
 * bodies are named after the positions of their events, `ID/7-12`, so that the same id always means the same events.
 */
export class Division<E> {
  readonly #batch: EventBatch<E>;
  readonly #encodings: SharedEncodings<E>;
  readonly #maxBytes: number;
  readonly #maxEvents: number;
  readonly #preferredBytes: () => number;
  /** Events that have not been returned yet. */
  readonly #todo: (readonly E[])[];
  #isDivided: boolean;
  /** Whether a body was cut because of `preferredBytes`. */
  #isUneven = false;
  /** Number of the last body of a divided batch. */
  #number = 0;

  constructor(batch: EventBatch<E>, encodings: SharedEncodings<E>, limits: DivisionLimits<E>) {
    this.#batch = batch;
    this.#encodings = encodings;
    const { maxBytes, maxEvents = Infinity, preferredBytes = () => Infinity, keyOf } = limits;
    this.#maxBytes = maxBytes;
    this.#maxEvents = maxEvents;
    this.#preferredBytes = preferredBytes;
    this.#todo = keyOf === undefined ? [batch.events] : groupsOf(batch.events, keyOf);
    this.#isDivided = this.#todo.length > 1;
  }

  /** The events of the remaining portions. */
  get rest(): readonly E[] {
    return this.#todo.flat();
  }

  next(): Portion<E> | undefined {
    for (let events = this.#todo.shift(); events !== undefined; events = this.#todo.shift()) {
      const portion = this.#portionOf(events);
      if (portion !== undefined) return portion;
    }
    return undefined;
  }

  /** `undefined` when the events were replaced by smaller pieces. */
  #portionOf(events: readonly E[]): Portion<E> | undefined {
    if (events.length > this.#maxEvents) {
      this.#divide(events, Math.ceil(events.length / this.#maxEvents));
      return undefined;
    }
    const batch = this.#part(events);
    let encoding: Encoding;
    try {
      encoding = this.#encodings.get(batch);
    } catch (cause) {
      return this.#withoutOffenders(events, cause);
    }
    const maxBytes = this.#limitFor(encoding, events.length);
    if (!encoding.exceeds(maxBytes)) {
      this.#number += 1;
      return { batch, encoding };
    }
    if (events.length === 1) {
      return { batch, error: eventTooLarge(this.#maxBytes, 'BODY_TOO_LARGE') };
    }
    this.#isUneven ||= maxBytes < this.#maxBytes;
    this.#divide(events, Math.ceil(encoding.bytes / maxBytes));
    return undefined;
  }

  #limitFor(encoding: Encoding, count: number): number {
    const preferredBytes = this.#preferredBytes();
    if (preferredBytes >= this.#maxBytes || count === 1) return this.#maxBytes;
    return encoding.exceeds(preferredBytes) && encoding.bytes / count > preferredBytes ? this.#maxBytes : preferredBytes;
  }

  #withoutOffenders(events: readonly E[], cause: unknown): Portion<E> | undefined {
    const causes = new Map<E, unknown>();
    for (const event of events) {
      const thrown = events.length === 1 ? { cause } : this.#thrownFor(event);
      if (thrown !== undefined) causes.set(event, thrown.cause);
    }
    if (causes.size === 0) {
      // Each event can be encoded, but not all together: the engine limits the length of a string.
      this.#divide(events, 2);
      return undefined;
    }
    // Only offenders with the first one's kind of error are returned; the next call finds the others.
    const [first] = causes.values();
    const kind = kindOf(first);
    const isOffender = (event: E): boolean => causes.has(event) && kindOf(causes.get(event)) === kind;
    const offenders = events.filter(isOffender);
    if (offenders.length < events.length) this.#todo.unshift(events.filter((event) => !isOffender(event)));
    return { batch: this.#part(offenders), error: notEncodable(offenders, first) };
  }

  #thrownFor(event: E): { readonly cause: unknown } | undefined {
    try {
      this.#encodings.get(this.#part([event]));
      return undefined;
    } catch (cause) {
      return { cause };
    }
  }

  #divide(events: readonly E[], parts: number): void {
    this.#isDivided = true;
    const size = Math.ceil(events.length / Math.min(parts, events.length));
    const pieces: (readonly E[])[] = [];
    for (let start = 0; start < events.length; start += size) pieces.push(events.slice(start, start + size));
    this.#todo.unshift(...pieces);
  }

  #part(events: readonly E[]): EventBatch<E> {
    if (events === this.#batch.events) return this.#batch;
    const { id, events: all } = this.#batch;
    if (!this.#isDivided) return batchOf({ ...this.#batch, events: [...events] });
    const position = (event: E | undefined): string => String(all.indexOf(event as E) + 1);
    const name = this.#isUneven ? `${position(events[0])}-${position(events.at(-1))}` : String(this.#number + 1);
    return batchOf({ ...this.#batch, id: `${id}/${name}`, parentId: id, events: [...events] });
  }
}

/** The failure of an event that is longer than a body, or the service, allows. */
export const eventTooLarge = (maxBytes: number, code: string): SinkError =>
  new SinkError('too_large', `An event is longer than ${String(maxBytes)} bytes`, { code });

/** The failure of events for which the encoder throws. If the encoder throws a `SinkError`, its kind, such as `too_large`, and its code are used. */
export function notEncodable(events: readonly unknown[], cause: unknown): SinkError {
  const { kind, message, code } = isSinkError(cause) ? cause : NOT_ENCODABLE;
  return new SinkError(kind, message, { code, retryable: false, failed: events, rejected: events, cause });
}

const NOT_ENCODABLE = { kind: 'rejected', message: 'Events cannot be encoded', code: 'NOT_ENCODABLE' } as const;

const kindOf = (cause: unknown): string => (isSinkError(cause) ? `${cause.kind} ${cause.code}` : '');

/** An event whose key can't be read forms its own group: the encoder will probably throw for it, too. */
function groupsOf<E>(events: readonly E[], keyOf: (event: E) => unknown): (readonly E[])[] {
  const groups = new Map<unknown, E[]>();
  for (const event of events) {
    let key: unknown;
    try {
      key = keyOf(event);
    } catch {
      key = { event };
    }
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups.size === 1 ? [events] : [...groups.values()];
}
