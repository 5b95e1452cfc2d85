import { Subject, type MonoTypeOperatorFunction, type Observable, type Subscription } from 'rxjs';

/** What happens around the user's stages. */
export interface StageEvents<E> {
  /** An event came out. */
  readonly onOutput: (event: E) => void;
  /** A stage errored, with an event in hand or not. The stages start anew. */
  readonly onError: (error: unknown, inHand: boolean) => void;
  /** The stages ended, early or because their source did. */
  readonly onComplete: () => void;
}

/** The user's operators, applied in order; they survive their own errors. */
export class UserStages<E> {
  readonly #stages: readonly MonoTypeOperatorFunction<E>[];
  readonly #events: StageEvents<E>;
  #source = new Subject<E>();
  #subscription: Subscription | undefined;
  #isEnding = false;
  #isCompleted = false;
  /** The stages are being subscribed to: an error now would only come again. */
  #isStarting = false;
  /** An event is being handed in right now. */
  #isBusy = false;

  constructor(stages: readonly MonoTypeOperatorFunction<E>[], events: StageEvents<E>) {
    this.#stages = stages;
    this.#events = events;
    this.#start();
  }

  get isCompleted(): boolean {
    return this.#isCompleted;
  }

  next(event: E): void {
    this.#isBusy = true;
    this.#source.next(event);
    this.#isBusy = false;
  }

  /** Lets the stages let go of what they hold. */
  complete(): void {
    this.#isEnding = true;
    this.#source.complete();
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }

  #start(): void {
    this.#isStarting = true;
    this.#source = new Subject<E>();
    let output$: Observable<E> = this.#source;
    try {
      for (const stage of this.#stages) output$ = stage(output$);
    } catch (error) {
      this.#isCompleted = true;
      this.#events.onError(error, false);
      return;
    }
    this.#subscription = output$.subscribe({
      next: this.#events.onOutput,
      error: (error: unknown) => {
        this.#events.onError(error, this.#isBusy);
        if (this.#isEnding || this.#isStarting) this.#finish();
        else this.#start();
      },
      complete: () => {
        this.#finish();
      },
    });
    this.#isStarting = false;
  }

  #finish(): void {
    this.#isCompleted = true;
    this.#events.onComplete();
  }
}
