import { asyncScheduler, firstValueFrom, timeout, timer, type Observable } from 'rxjs';
import type { EventBatch } from '../event/event.js';
import { attempt, housekeeping } from '../lane/attempt.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';
import { show } from './show.js';

/** Long enough for what nobody waits for any more to go wrong while the test is still running. */
const A_MOMENT_MS = 20;

/** One sink on trial: it is called as a lane calls it, but in real time and for promises. */
export class SinkTrial<E, S extends EventSink<E> = EventSink<E>> {
  readonly sink: S;
  readonly #timeoutMs: number;
  #isClosed = false;

  constructor(sink: S, timeoutMs: number) {
    this.sink = sink;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with what the sink failed with. */
  async attempt(batch: EventBatch<E>, context: Partial<AttemptContext> = {}): Promise<void> {
    await ending(this.#attempt(batch, context));
  }

  /** Rejects, and says so, when the sink doesn't take the batch. */
  async deliver(batch: EventBatch<E>, context?: Partial<AttemptContext>): Promise<void> {
    await succeeding(`take a batch of ${String(batch.events.length)}`, this.attempt(batch, context));
  }

  /** Begins an attempt, and gives it up at once. */
  async abandon(batch: EventBatch<E>): Promise<void> {
    this.#attempt(batch, {}).subscribe({ error: () => undefined }).unsubscribe(); // prettier-ignore
    await firstValueFrom(timer(A_MOMENT_MS));
  }

  async flush(): Promise<void> {
    await succeeding('flush', this.#tidyUp('flush'));
  }

  async close(): Promise<void> {
    await succeeding('close', this.#tidyUp('close'));
  }

  /** Closes the sink unless it has been closed. Whether that succeeds is another test's business. */
  async end(): Promise<void> {
    if (!this.#isClosed) await this.close().catch(() => undefined);
  }

  #attempt(batch: EventBatch<E>, { attempt: count = 1, signal }: Partial<AttemptContext>): Observable<never> {
    const process = (context: AttemptContext): ReturnType<S['process']> =>
      this.sink.process(batch, { attempt: count, signal: signal ?? context.signal }) as ReturnType<S['process']>;
    return attempt(process, count, this.#timeoutMs, asyncScheduler);
  }

  #tidyUp(task: 'flush' | 'close'): Promise<void> {
    this.#isClosed ||= task === 'close';
    return ending(housekeeping(this.sink, task).pipe(timeout({ first: this.#timeoutMs })));
  }
}

function ending(work$: Observable<never>): Promise<void> {
  return firstValueFrom(work$, { defaultValue: undefined });
}

async function succeeding(task: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new Error(`Expected the sink to ${task}, it failed: ${show(error)}`, { cause: error });
  }
}
