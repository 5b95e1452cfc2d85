import type { MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { HotSubject } from '../internal/hot-subject.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { Recorder } from './recorder.js';

/** Place of `withStages`: the user's own operators, before `events$`. */
export interface StagesPlace<E> {
  /** Whether the stages have completed: later events can't pass. */
  readonly isCompleted: boolean;
  next(event: E): void;
  /** Completes the source of the stages; `onEnd` is called when they have released what they held. */
  end(onEnd: () => void): void;
  start(): void;
  stop(): void;
}

/** Place of `withRuntimeSinks`: holds events between `events$` and the batch while there is no sink. */
export interface HoldPlace<E> {
  readonly operator: MonoTypeOperatorFunction<E>;
  /** Events that are held. */
  readonly size: number;
  readonly isFull: boolean;
  /** Emits what is held, in order. */
  release(): void;
  /** Drops the newest until `size` are left. Returns how many. */
  trim(size: number, reason: DropReason): number;
}

/** Publishes accepted events: through the user's stages, if there are any, into the hot Subject that the batch and live subscribers observe. */
export class Publisher<E extends AnalyticsEvent> {
  readonly events = new HotSubject<E>();
  stages: StagesPlace<E> | undefined;
  hold: HoldPlace<E> | undefined;
  readonly #recorder: Recorder;
  #hasSink = false;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Whether there is no sink, and none is waited for: events count as processed before they are in a batch. */
  get isDiscarding(): boolean {
    return !this.#hasSink && this.hold === undefined;
  }

  get isHolding(): boolean {
    return !this.#hasSink && this.hold !== undefined;
  }

  /** Events that wait for a sink. */
  get held(): number {
    return this.hold?.size ?? 0;
  }

  /** Events that went into the user's stages and did not come out: as far as can be known, those inside. */
  get inStages(): number {
    return this.stages === undefined || this.stages.isCompleted ? 0 : this.#recorder.ledger.inStages;
  }

  /** Why no event can be published now, if so. */
  get obstacle(): Extract<DropReason, 'stage_completed' | 'no_sink'> | undefined {
    if (this.stages?.isCompleted === true) return 'stage_completed';
    return this.isHolding && this.hold?.isFull === true ? 'no_sink' : undefined;
  }

  next(event: E): void {
    if (this.stages === undefined) this.emit(event);
    else if (this.stages.isCompleted) this.#recorder.recordDroppedInStages('stage_completed');
    else this.stages.next(event);
  }

  /** Emits an event that is past the stages. */
  emit(event: E): void {
    if (this.isDiscarding) this.#recorder.ledger.process(1);
    this.events.next(event);
  }

  /** Drops an accepted event that could not be published. */
  dropAccepted(reason: DropReason): void {
    if (this.stages === undefined) this.#recorder.recordDropped(1, reason);
    else this.#recorder.recordDroppedInStages(reason);
  }

  /** An event fits no batch. */
  dropUnbatched(reason: DropReason, error: unknown): void {
    if (!this.isDiscarding) this.#recorder.recordDropped(1, reason, error);
  }

  recordBatch(batch: EventBatch<E>): void {
    this.#recorder.recordBatch(batch, this.isDiscarding);
  }

  /** There is a sink: releases what waited for it. */
  gainSink(): void {
    this.#hasSink = true;
    this.hold?.release();
  }

  loseLastSink(): void {
    this.#hasSink = false;
  }

  complete(): void {
    this.stages?.stop();
    this.events.complete();
  }
}
