import { SinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import type { Encoding } from './encoding.js';
import type { SharedEncodings } from './shared-encodings.js';

/** The events of one request; or events that fit into none, and why. */
export type Portion<E> =
  | { readonly batch: EventBatch<E>; readonly encoding: Encoding; readonly error?: undefined }
  | { readonly batch: EventBatch<E>; readonly error: SinkError };

/**
 * Divides a batch into bodies of at most `maxBytes`, one at a time. Each event is in exactly one portion. The order is kept, except that events
 * that can't be encoded come before the others.
 *
 * A batch that fits, whole or without such events, keeps its id. Otherwise the bodies are batches of their own, `ID/1`, `ID/2` …, the same ones each time.
 * A batch is cut into equal numbers of events; bodies that are still too long are cut again.
 *
 * `preferredBytes` may ask for smaller bodies, and change between portions. It is ignored where single events are longer. Such bodies are named after
 * the positions of their events, `ID/7-12`, so that the same id always means the same events.
 */
export class Division<E> {
  readonly #batch: EventBatch<E>;
  readonly #encodings: SharedEncodings<E>;
  readonly #maxBytes: number;
  readonly #preferredBytes: () => number;
  /** Events that have not been returned yet. */
  readonly #todo: (readonly E[])[];
  #isDivided = false;
  /** Whether `preferredBytes` has made a cut. */
  #isUneven = false;
  /** Number of the last body of a divided batch. */
  #number = 0;

  constructor(batch: EventBatch<E>, encodings: SharedEncodings<E>, maxBytes: number, preferredBytes: () => number = () => Infinity) {
    this.#batch = batch;
    this.#encodings = encodings;
    this.#maxBytes = maxBytes;
    this.#preferredBytes = preferredBytes;
    this.#todo = [batch.events];
  }

  /** The events of the portions that remain. */
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
      const message = `An event is longer than the ${String(this.#maxBytes)} bytes of a body`;
      return { batch, error: new SinkError('too_large', message, { code: 'BODY_TOO_LARGE' }) };
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
    const offenders = events.length === 1 ? events : events.filter((event) => !this.#isEncodable(event));
    if (offenders.length === 0) {
      // Each can be encoded, and all together can't: the length of a string is limited, too.
      this.#divide(events, 2);
      return undefined;
    }
    const left = new Set(offenders);
    const others = events.filter((event) => !left.has(event));
    if (others.length > 0) this.#todo.unshift(others);
    return { batch: this.#part(offenders), error: notEncodable(offenders, cause) };
  }

  #isEncodable(event: E): boolean {
    try {
      this.#encodings.get(this.#part([event]));
      return true;
    } catch {
      return false;
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

/** The failure of events that the encoder throws for. */
export function notEncodable(events: readonly unknown[], cause: unknown): SinkError {
  return new SinkError('rejected', 'Events cannot be encoded', { code: 'NOT_ENCODABLE', failed: events, rejected: events, cause });
}
