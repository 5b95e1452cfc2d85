import { Observable, Subscriber, type OperatorFunction } from 'rxjs';

/** An operator's handlers for its source's notifications; each default forwards to the destination. */
export interface OperatorHandlers<T> {
  readonly next: (value: T) => void;
  readonly error?: (error: unknown) => void;
  readonly complete?: () => void;
}

/**
 * Subscribes every operator of the library to its source.
 *
 * The subscriber in between is added to its destination first, so that `take(1)` downstream stops even a source that emits synchronously while it is
 * being subscribed to; with `new Observable((s) => source.subscribe({ … }))` such a source would run to its end. `setup` runs once per subscription
 * and holds the operator's state. An error thrown by a handler goes downstream.
 */
export function operate<T, R>(setup: (destination: Subscriber<R>) => OperatorHandlers<T>): OperatorFunction<T, R> {
  return (source) =>
    new Observable<R>((destination) => {
      const handlers = setup(destination);
      // An Observable that the setup subscribed to may have ended the result already.
      if (!destination.closed) source.subscribe(new OperatorSubscriber<T, R>(destination, handlers));
    });
}

class OperatorSubscriber<T, R> extends Subscriber<T> {
  readonly #destination: Subscriber<R>;
  readonly #handlers: OperatorHandlers<T>;
  /** Stored separately, so that the hot path makes one call through one field. */
  readonly #onNext: (value: T) => void;

  constructor(destination: Subscriber<R>, handlers: OperatorHandlers<T>) {
    // A Subscriber constructed with a destination adds itself to it: unsubscribing downstream closes this one.
    super(destination as Subscriber<unknown>);
    this.#destination = destination;
    this.#handlers = handlers;
    this.#onNext = handlers.next;
  }

  protected override _next(value: T): void {
    try {
      this.#onNext(value);
    } catch (error) {
      this.#destination.error(error);
    }
  }

  protected override _error(error: unknown): void {
    const {
      error: handle = (given) => {
        this.#destination.error(given);
      },
    } = this.#handlers;
    this.#finish(handle, error);
  }

  protected override _complete(): void {
    const {
      complete: handle = () => {
        this.#destination.complete();
      },
    } = this.#handlers;
    this.#finish(handle);
  }

  #finish(handle: (error: unknown) => void, error?: unknown): void {
    try {
      handle(error);
    } catch (thrown) {
      this.#destination.error(thrown);
    } finally {
      this.unsubscribe();
    }
  }
}
