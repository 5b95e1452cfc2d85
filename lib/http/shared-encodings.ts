import type { EventBatch } from '../event/event.js';
import type { Encoder } from './encoder.js';
import { Encoding } from './encoding.js';

/**
 * Encodes each batch once, for all sinks that share an encoder and for all of their attempts.
 *
 * An encoding is kept until each of these sinks has finished with its batch, and never longer than the batch: otherwise a sink that is slow, or keeps
 * its batches, would keep their encodings, too.
 */
export class SharedEncodings<E> {
  readonly #encoder: Encoder<E>;
  readonly #encodings = new WeakMap<EventBatch<E>, { readonly encoding: Encoding; done: number }>();
  #sinks = 0;

  /** The only instance for this encoder. */
  static of<E>(encoder: Encoder<E>): SharedEncodings<E> {
    const known = SHARED.get(encoder) as SharedEncodings<E> | undefined;
    const shared = known ?? new SharedEncodings(encoder);
    if (known === undefined) SHARED.set(encoder, shared);
    return shared;
  }

  private constructor(encoder: Encoder<E>) {
    this.#encoder = encoder;
  }

  /** Adds a sink, which will call `done` for its batches. */
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

  /** Called by a sink that doesn't need the encoding any more. */
  done(batch: EventBatch<E>): void {
    const known = this.#encodings.get(batch);
    if (known === undefined) return;
    known.done += 1;
    if (known.done >= this.#sinks) this.#encodings.delete(batch);
  }
}

const SHARED = /* @__PURE__ */ new WeakMap<object, unknown>();
