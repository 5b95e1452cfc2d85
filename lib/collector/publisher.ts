import type { MonoTypeOperatorFunction } from 'rxjs';
import { HotSubject } from '../internal/hot-subject.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { Recorder } from './recorder.js';

/** Set by `withStages`: the user's own operators, before `events$`. */
export interface StagesPlace<E> {
  /** The reason why no event can pass now; otherwise `undefined`. */
  readonly obstacle: DropReason | undefined;
  /** The known number of events inside the stages. */
  readonly size: number;
  next(event: E): void;
  /** Drops an accepted event that has not entered the stages yet. */
  drop(event: E, reason: DropReason): void;
  start(): void;
  /** Completes the source of the stages; `onEnd` is called when the stages have completed, too. */
  end(onEnd: () => void): void;
}

/** Set by `withRuntimeSinks`: holds events between `events$` and the batch while there is no sink. */
export interface HoldPlace<E> {
  readonly operator: MonoTypeOperatorFunction<E>;
  /** The reason why no event can be held now; otherwise `undefined`. */
  readonly obstacle: DropReason | undefined;
  /** The number of held events. */
  readonly size: number;
  /** Emits the held events in order. */
  release(): void;
  /** Drops the newest held events until `size` are left. Returns the number of dropped events. */
  trim(size: number, reason: DropReason): number;
}

/** Publishes accepted events: through the user's stages, if there are any, into the hot Subject that the batch and live subscribers observe. */
export class Publisher<E> {
  readonly events = new HotSubject<E>();
  stages: StagesPlace<E> | undefined;
  hold: HoldPlace<E> | undefined;
  hasSink = false;
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** Whether there is no sink and none is expected: events then count as processed before they are in a batch. */
  get isDiscarding(): boolean {
    return !this.hasSink && this.hold === undefined;
  }

  /** The reason why no event can be published now; otherwise `undefined`. */
  get obstacle(): DropReason | undefined {
    return this.stages?.obstacle ?? this.hold?.obstacle;
  }

  next(event: E): void {
    if (this.stages === undefined) this.emit(event);
    else this.stages.next(event);
  }

  /** Emits an event that has passed the stages. */
  emit(event: E): void {
    if (this.isDiscarding) {
      this.#recorder.ledger.process(1);
      this.#recorder.settlements?.fanOut([event]);
    }
    this.events.next(event);
  }
}
