import { catchError, EMPTY, firstValueFrom, Observable, throwError, timeout, timer, type Subscriber } from 'rxjs';
import { createBatch } from '../event/batch-of.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { newId } from '../event/new-id.js';
import { Attempt, callSink, isObservableInput, observeAnswer } from '../lane/attempt.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';
import { show } from './show.js';

/** Time to wait for errors of abandoned work, so that they are raised while the test is still running. */
const A_MOMENT_MS = 20;

export interface SinkTrialOptions<E, S> {
  readonly events: readonly E[];
  readonly timeoutMs: number;
  readonly received: ((sink: S) => readonly string[] | Promise<readonly string[]>) | undefined;
}

/** Calls a sink as a lane does, but in real time and with promises. */
export class SinkTrial<E extends AnalyticsEvent, S extends EventSink<E> = EventSink<E>> {
  readonly sink: S;
  readonly #options: SinkTrialOptions<E, S>;
  #batches = 0;
  #isClosed = false;

  constructor(sink: S, options: SinkTrialOptions<E, S>) {
    this.sink = sink;
    this.#options = options;
  }

  /** A batch of events with new ids: copies of the first `count` events, or of the given ones. */
  batch(events: number | readonly E[] = Infinity): EventBatch<E> {
    const models = typeof events === 'number' ? this.#options.events.slice(0, events) : events;
    this.#batches += 1;
    return createBatch(
      models.map((event) => ({ ...event, id: newId() })),
      this.#batches,
    );
  }

  /** Rejects with the sink's error. */
  async attempt(batch: EventBatch<E>, context?: Partial<AttemptContext>): Promise<void> {
    await this.#ending(this.#attempt(batch, context));
  }

  /** Resolves when the sink has answered, even with an error. */
  async answer(batch: EventBatch<E>, context?: Partial<AttemptContext>): Promise<void> {
    await this.#ending(this.#attempt(batch, context).pipe(catchError(() => EMPTY)));
  }

  /** Rejects with an explanation if the sink doesn't accept the batch. */
  async deliver(batch: EventBatch<E>, context?: Partial<AttemptContext>): Promise<void> {
    await succeeding(`accept a batch of ${String(batch.events.length)}`, this.attempt(batch, context));
  }

  /** Starts an attempt, and abandons it immediately. */
  async abandon(batch: EventBatch<E>): Promise<void> {
    const subscription = this.#attempt(batch).subscribe({ error: () => undefined });
    subscription.unsubscribe();
    await firstValueFrom(timer(A_MOMENT_MS));
  }

  /** Flushes, and rejects unless each event has arrived once, or at most `atMost` times. Does nothing more if arrival can't be observed. */
  async arrived(events: readonly E[], atMost = 1): Promise<void> {
    await this.flush();
    const ids = await this.#options.received?.(this.sink);
    for (const { id } of ids === undefined ? [] : events) {
      const times = ids?.filter((each) => each === id).length ?? 0;
      if (times === 0 || times > atMost)
        throw new Error(
          `Expected each event to arrive ${atMost === 1 ? 'once' : `1 to ${String(atMost)} times`}, got event ${id} ${String(times)} times`,
        );
    }
  }

  async flush(): Promise<void> {
    await succeeding('flush', this.#tidyUp('flush'));
  }

  async close(): Promise<void> {
    await succeeding('close', this.#tidyUp('close'));
  }

  /** Closes the sink unless it is closed already. Ignores a failure: another test checks that. */
  async end(): Promise<void> {
    if (!this.#isClosed) await this.close().catch(() => undefined);
  }

  #attempt(batch: EventBatch<E>, { attempt = 1, signal }: Partial<AttemptContext> = {}): Observable<never> {
    return new Observable((subscriber) => {
      const context = new Attempt(attempt);
      const answer: unknown = this.sink.process(batch, signal === undefined ? context : { attempt, signal });
      if (!isObservableInput(answer)) {
        subscriber.complete();
        return;
      }
      let isAnswered = false;
      const answered = observeAnswer(answer, (failure) => {
        isAnswered = true;
        end(subscriber, failure);
      });
      subscriber.add(answered);
      subscriber.add(() => {
        if (!isAnswered) context.abort();
      });
    });
  }

  #tidyUp(task: 'flush' | 'close'): Promise<void> {
    this.#isClosed ||= task === 'close';
    return this.#ending(
      new Observable((subscriber) => {
        subscriber.add(
          callSink(this.sink, task, (failure) => {
            end(subscriber, failure);
          }),
        );
      }),
    );
  }

  #ending(work$: Observable<never>): Promise<void> {
    const { timeoutMs } = this.#options;
    const silence$ = throwError(() => new Error(`Expected an answer within ${String(timeoutMs)} ms`));
    return firstValueFrom(work$.pipe(timeout({ first: timeoutMs, with: () => silence$ })), { defaultValue: undefined });
  }
}

function end(subscriber: Subscriber<never>, failure: { readonly error: unknown } | undefined): void {
  if (failure === undefined) subscriber.complete();
  else subscriber.error(failure.error);
}

async function succeeding(task: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new Error(`Expected the sink to ${task}, it failed: ${show(error)}`, { cause: error });
  }
}
