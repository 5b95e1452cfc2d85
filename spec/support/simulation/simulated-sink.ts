import { Observable, throwError, type ObservableInput } from 'rxjs';
import { SinkError } from '../../../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../../../lib/event/event.js';
import type { AttemptContext, EventSink } from '../../../lib/sink/sink.js';
import { drawMedium, drawVerdict, TEMPERS, type TemperName, type Verdict } from './answers.js';
import { idsOf, type Moment, type World } from './world.js';

/** One call of a sink's `process`, as the sink saw it. */
export interface Call {
  readonly batch: EventBatch;
  readonly attempt: number;
  readonly at: Moment;
  readonly context: AttemptContext;
  /** The sink's answer; a late one came after the attempt had been aborted. */
  answer: 'none' | 'success' | 'failure' | 'late';
  answeredAt: Moment | undefined;
  error: unknown;
  /** Whether the lane unsubscribed before there was an answer. */
  isTornDown: boolean;
  /** When the answer arrives, in elapsed time. */
  dueAt: number;
  /** When the lane aborted the attempt, and when that action of the clock started. */
  abortedAt: (Moment & { readonly actionStartedAt: number }) | undefined;
}

/** Callbacks of a sink to the simulation. */
export interface SinkEvents {
  readonly onProcess: (sink: SimulatedSink, call: Call) => void;
  /** Inside `process`, `flush` or `close`: the moment to call the collector. */
  readonly inside: (place: string, sink: SimulatedSink) => void;
  /** The lane aborted an attempt that had no answer. */
  readonly onAborted: (sink: SimulatedSink, call: Call) => void;
  /** The answer to an attempt was read after it was aborted. */
  readonly onLate: (sink: SimulatedSink, call: Call) => void;
  /** The sink has these events, and answered in time. */
  readonly onAcknowledged: (sink: SimulatedSink, events: readonly AnalyticsEvent[]) => void;
}

/** A sink with random answers, which records the events and its answers. */
export class SimulatedSink implements EventSink {
  readonly name: string;
  readonly calls: Call[] = [];
  flushes = 0;
  closes = 0;
  /** Failed calls of `flush`. */
  failedFlushes = 0;
  /** Subscriptions to results of `flush` that have neither ended nor been torn down. */
  openFlushes = 0;
  /** The time of the last event at its lane. */
  movedAt: Moment;
  /** End of its Retry-After, in awake time. */
  askedUntil = -Infinity;
  temper: TemperName;
  /** Answers synchronously, and never fails. */
  readonly isPrompt: boolean;
  readonly flush?: () => ObservableInput<unknown>;
  readonly close?: () => ObservableInput<unknown>;
  readonly #world: World;
  readonly #events: SinkEvents;
  /** The calls of `process` that are on the stack. */
  readonly #stack: Call[] = [];

  constructor(name: string, temper: TemperName, world: World, events: SinkEvents) {
    this.name = name;
    this.temper = temper;
    this.#world = world;
    this.#events = events;
    this.movedAt = world.moment();
    const { dice } = world;
    this.isPrompt = temper === 'perfect' && dice.chance(0.7);
    if (dice.chance(0.7)) this.flush = () => this.#tidyUp('flush');
    if (dice.chance(0.7)) this.close = () => this.#tidyUp('close');
  }

  /** The innermost running call of `process`. */
  get inHand(): Call | undefined {
    return this.#stack.at(-1);
  }

  /** Calls whose answer the lane still waits for. */
  get open(): Call[] {
    return this.calls.filter((call) => call.answer === 'none' && !call.context.signal.aborted);
  }

  process(batch: EventBatch, context: AttemptContext): ObservableInput<unknown> | void {
    const world = this.#world;
    const call: Call = {
      batch,
      attempt: context.attempt,
      at: world.moment(),
      context,
      answer: 'none',
      answeredAt: undefined,
      error: undefined,
      isTornDown: false,
      dueAt: Infinity,
      abortedAt: undefined,
    };
    this.movedAt = call.at;
    context.signal.addEventListener('abort', () => {
      this.movedAt = world.moment();
      call.abortedAt = { ...this.movedAt, actionStartedAt: world.clock.actionStartedAt };
      if (call.answer === 'none') this.#events.onAborted(this, call);
    });
    this.calls.push(call);
    const verdict = drawVerdict(world.dice, TEMPERS[this.temper], batch);
    world.count(`sink: ${verdict.kind}`);
    return world.within(
      () => `${this.name}.process(${batch.id} ${idsOf(batch.events)}, attempt ${String(call.attempt)})`,
      () => {
        this.#stack.push(call);
        try {
          this.#events.onProcess(this, call);
          this.#events.inside('process', this);
          return this.#answer(call, verdict);
        } finally {
          this.#stack.pop();
        }
      },
    );
  }

  #answer(call: Call, verdict: Verdict): ObservableInput<unknown> | void {
    const { dice, clock } = this.#world;
    const medium = drawMedium(dice, this.isPrompt);
    const delayMs = this.temper === 'perfect' ? dice.int(0, 4) : dice.pick([0, 1, 10, 30, 120]);
    this.#world.note(() => `answers ${verdict.type} by ${medium}${medium.endsWith('able') ? ` in ${String(delayMs)} ms` : ''}`);
    if (medium.endsWith('able')) call.dueAt = clock.now + delayMs;
    if (verdict.type === 'silence') return silence(call, medium === 'thenable');
    switch (medium) {
      case 'nothing':
        this.#settle(call, verdict);
        if (verdict.type === 'failure') throw verdict.error;
        return undefined;
      case 'list':
        this.#settle(call, verdict);
        return verdict.type === 'failure' ? throwError(() => verdict.error) : [1, 2, 3];
      case 'at once':
        return new Observable((subscriber) => {
          subscriber.next('progress');
          this.#settle(call, verdict);
          if (verdict.type === 'failure') subscriber.error(verdict.error);
          else subscriber.complete();
        });
      case 'observable':
      case 'stubborn observable':
        return new Observable((subscriber) => {
          subscriber.next('progress');
          const timer = clock.later(delayMs, () => {
            this.#settle(call, verdict);
            if (verdict.type === 'failure') subscriber.error(verdict.error);
            else subscriber.complete();
          });
          return () => {
            call.isTornDown = call.answer === 'none';
            if (medium === 'observable') timer.unsubscribe();
          };
        });
      case 'thenable':
        return thenable((fulfil, reject) => {
          clock.later(delayMs, () => {
            this.#settle(call, verdict);
            if (verdict.type === 'failure') reject(verdict.error);
            else fulfil();
          });
        });
    }
  }

  /** The sink answers; the signal says whether the attempt was aborted before. */
  #settle(call: Call, verdict: Exclude<Verdict, { type: 'silence' }>): void {
    const world = this.#world;
    call.answeredAt = world.moment();
    this.movedAt = call.answeredAt;
    if (call.context.signal.aborted) {
      call.answer = 'late';
      world.count('sink: late answer');
      this.#events.onLate(this, call);
      world.note(() => `${this.name} answers too late to ${call.batch.id}`);
      return;
    }
    call.answer = verdict.type;
    world.note(
      () => `${this.name} answers ${verdict.type} to ${call.batch.id}${verdict.type === 'failure' ? `: ${String(verdict.error)}` : ''}`,
    );
    if (verdict.type === 'success') {
      this.#events.onAcknowledged(this, call.batch.events);
      return;
    }
    call.error = verdict.error;
    const { retryAfterMs = -1 } = verdict.error instanceof SinkError ? verdict.error : {};
    if (retryAfterMs >= 0) this.askedUntil = Math.max(this.askedUntil, world.clock.awake + Math.min(Math.max(retryAfterMs, 100), 300_000));
    if (verdict.kept.length > 0) this.#events.onAcknowledged(this, verdict.kept);
  }

  #tidyUp(task: 'flush' | 'close'): ObservableInput<unknown> {
    const world = this.#world;
    const { dice, clock } = world;
    if (task === 'flush') this.flushes += 1;
    else this.closes += 1;
    return world.within(
      () => `${this.name}.${task}()`,
      () => {
        world.check(task === 'close' ? this.closes === 1 : this.closes === 0, () => `${this.name}.${task}() is called after close()`);
        this.#events.inside(task, this);
        const how =
          this.temper === 'perfect'
            ? dice.pick(['list', 'later'] as const)
            : dice.weighted({ list: 4, later: 3, throw: 1, fail: 1, hang: 0.5 });
        const fail = (): Error => {
          if (task === 'flush') this.failedFlushes += 1;
          return new Error(`${task} failed`);
        };
        if (how === 'list') return [];
        if (how === 'throw') throw fail();
        return new Observable((subscriber) => {
          if (task === 'flush') this.openFlushes += 1;
          subscriber.add(() => {
            if (task === 'flush') this.openFlushes -= 1;
          });
          if (how === 'hang') return;
          subscriber.add(
            clock.later(dice.int(0, 30), () => {
              if (how === 'later') subscriber.complete();
              else subscriber.error(fail());
            }),
          );
        });
      },
    );
  }
}

/** Never answers; as an Observable it records when it is unsubscribed. */
function silence(call: Call, asThenable: boolean): ObservableInput<unknown> {
  if (asThenable) return thenable(() => undefined);
  return new Observable(() => () => {
    call.isTornDown = true;
  });
}

/** A promise in virtual time: it can't be cancelled, and calls every listener. */
function thenable(run: (fulfil: () => void, reject: (error: unknown) => void) => void): PromiseLike<unknown> {
  const answer = {
    then(onFulfilled?: ((value: unknown) => unknown) | null, onRejected?: ((error: unknown) => unknown) | null) {
      run(
        () => onFulfilled?.('done'),
        (error) => onRejected?.(error),
      );
      return { then: () => undefined };
    },
  };
  return answer as unknown as PromiseLike<unknown>;
}
