import { SinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import type { Encoding } from './encoding.js';
import type { SharedEncodings } from './shared-encodings.js';

/** What fits into one request; or events that fit into none, and why. */
export type Portion<E> =
  | { readonly batch: EventBatch<E>; readonly encoding: Encoding; readonly error?: undefined }
  | { readonly batch: EventBatch<E>; readonly error: SinkError };

/**
 * Divides a batch into bodies of at most `maxBytes`, one at a time: each event is in exactly one portion, and the order is kept but for events
 * that can't be encoded, which come before the others.
 *
 * A batch that fits, whole or but for such events, keeps its id; otherwise the bodies are batches of their own, `ID/1`, `ID/2` …, and the same ones each time.
 * It is cut into as many equal numbers of events as the limit goes into its bytes, and those that are still too long again.
 */
export class Division<E> {
  readonly #batch: EventBatch<E>;
  readonly #encodings: SharedEncodings<E>;
  readonly #maxBytes: number;
  /** What has not been handed out yet. */
  readonly #todo: (readonly E[])[];
  #isDivided = false;
  /** Of the last body of a divided batch. */
  #number = 0;

  constructor(batch: EventBatch<E>, encodings: SharedEncodings<E>, maxBytes: number) {
    this.#batch = batch;
    this.#encodings = encodings;
    this.#maxBytes = maxBytes;
    this.#todo = [batch.events];
  }

  /** The events of the portions to come. */
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

  /** `undefined` when smaller ones were put in its place. */
  #portionOf(events: readonly E[]): Portion<E> | undefined {
    const batch = this.#part(events);
    let encoding: Encoding;
    try {
      encoding = this.#encodings.get(batch);
    } catch (cause) {
      return this.#withoutOffenders(events, cause);
    }
    if (!encoding.exceeds(this.#maxBytes)) {
      this.#number += 1;
      return { batch, encoding };
    }
    if (events.length === 1) {
      const message = `An event is longer than the ${String(this.#maxBytes)} bytes of a body`;
      return { batch, error: new SinkError('too_large', message, { code: 'BODY_TOO_LARGE' }) };
    }
    this.#divide(events, Math.ceil(encoding.bytes / this.#maxBytes));
    return undefined;
  }

  #withoutOffenders(events: readonly E[], cause: unknown): Portion<E> | undefined {
    const offenders = events.length === 1 ? events : events.filter((event) => !this.#isEncodable(event));
    if (offenders.length === 0) {
      // Each has a form, and all together don't: a string has a greatest length, too.
      this.#divide(events, 2);
      return undefined;
    }
    const left = new Set(offenders);
    const others = events.filter((event) => !left.has(event));
    if (others.length > 0) this.#todo.unshift(others);
    return {
      batch: this.#part(offenders),
      error: new SinkError('rejected', 'Events can not be encoded', { code: 'NOT_ENCODABLE', cause }),
    };
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
    const { id } = this.#batch;
    return batchOf({
      ...this.#batch,
      ...(this.#isDivided && { id: `${id}/${String(this.#number + 1)}`, parentId: id }),
      events: [...events],
    });
  }
}
