import type { EventBatch } from '../event/event.js';
import type { Encoder } from './encoder.js';
import { Encoding } from './encoding.js';

/**
 * Encodes each batch once, for all sinks that share an encoder and for all of their attempts.
 *
 * An encoding lives until every one of these sinks is done with its batch, and never longer than the batch: a sink that is slow, or keeps its
 * batches, would otherwise keep their encodings, too.
 */
export class SharedEncodings<E> {
  readonly #encoder: Encoder<E>;
  readonly #encodings = new WeakMap<EventBatch<E>, { readonly encoding: Encoding; done: number }>();
  #sinks = 0;

  /** The one of this encoder. */
  static of<E>(encoder: Encoder<E>): SharedEncodings<E> {
    const known = SHARED.get(encoder) as SharedEncodings<E> | undefined;
    const shared = known ?? new SharedEncodings(encoder);
    if (known === undefined) SHARED.set(encoder, shared);
    return shared;
  }

  private constructor(encoder: Encoder<E>) {
    this.#encoder = encoder;
  }

  /** There is one more sink, which will be done with its batches. */
  join(): void {
    this.#sinks += 1;
  }

  leave(): void {
    this.#sinks -= 1;
  }

  /** @throws what the encoder throws */
  get(batch: EventBatch<E>): Encoding {
    const known = this.#encodings.get(batch);
    if (known !== undefined) return known.encoding;
    const encoding = new Encoding(this.#encoder.encode(batch));
    this.#encodings.set(batch, { encoding, done: 0 });
    return encoding;
  }

  /** One of the sinks has no more use for it. */
  done(batch: EventBatch<E>): void {
    const known = this.#encodings.get(batch);
    if (known === undefined) return;
    known.done += 1;
    if (known.done >= this.#sinks) this.#encodings.delete(batch);
  }
}

const SHARED = new WeakMap<object, unknown>();
