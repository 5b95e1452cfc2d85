import { catchError, EMPTY, Observable, Subject, type MonoTypeOperatorFunction } from 'rxjs';

/** What happens around the user's stages. */
export interface StageEvents<E> {
  /** An event came out. */
  readonly onOutput: (event: E) => void;
  /** A stage errored, with an event in hand or not. The stages start anew. */
  readonly onError: (error: unknown, inHand: boolean) => void;
  /** The stages ended, early or because their source did. */
  readonly onComplete: () => void;
}

export type UserStages<E> = ReturnType<typeof startStages<E>>;

/** The user's operators, applied in order; they survive their own errors. */
export function startStages<E>(stages: readonly MonoTypeOperatorFunction<E>[], { onOutput, onError, onComplete }: StageEvents<E>) {
  const source = new Subject<E>();
  let isEnding = false;
  let isCompleted = false;
  /** The stages are being subscribed to: an error now would only come again. */
  let isStarting = false;
  /** An event is being handed in right now. */
  let isBusy = false;

  const output$ = new Observable<E>((subscriber) => {
    isStarting = true;
    stages.reduce<Observable<E>>((event$, stage) => stage(event$), source.asObservable()).subscribe(subscriber);
    isStarting = false;
  });
  const subscription = output$
    .pipe(
      catchError((error: unknown, again$) => {
        onError(error, isBusy && !isStarting);
        return isEnding || isStarting ? EMPTY : again$;
      }),
    )
    .subscribe({
      next: onOutput,
      complete: () => {
        isCompleted = true;
        onComplete();
      },
    });

  return {
    isCompleted: () => isCompleted,

    next(event: E): void {
      isBusy = true;
      source.next(event);
      isBusy = false;
    },

    /** Lets the stages let go of what they hold. */
    complete(): void {
      isEnding = true;
      source.complete();
    },

    stop(): void {
      subscription.unsubscribe();
    },
  };
}
