import { defer, identity, Subject, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { withSession } from '../event/with-session.js';
import { isObject } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { HotSubject } from '../internal/hot-subject.js';
import { operate } from '../internal/operate.js';
import type { Trampoline } from '../internal/trampoline.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { Recorder } from './recorder.js';
import { startStages, type UserStages } from './user-stages.js';

export interface PublisherParts<E> {
  readonly recorder: Recorder;
  readonly trampoline: Trampoline;
  readonly stages: readonly MonoTypeOperatorFunction<E>[];
  /** For events that come out of a stage without one. */
  readonly sessionId: string;
  /** Whether events wait for the first sink; otherwise, where there is none, they are processed at once. */
  readonly holdsEarlyEvents: boolean;
  /** How many wait at most. */
  readonly maxHeld: () => number;
  /** Whether consent was denied while an event was inside the user's stages. */
  readonly isDenied: () => boolean;
}

/**
 * Where accepted events come out: through the user's stages, if there are any, into the hot Subject, and on to the batch once there is a sink.
 *
 * A class for the reason that the front admission is one.
 */
export class Publisher<E extends AnalyticsEvent> {
  readonly events = new HotSubject<E>();
  readonly #parts: PublisherParts<E>;
  /** Apart from the parts, as every event meets it. */
  readonly #recorder: Recorder;
  /** Between the hot events and the batch: what waits for a sink. */
  readonly #early = new Deque<E>();
  #release: (event: E) => void = () => undefined;
  #hasSink = false;
  readonly #stagesEnd = new Subject<never>();
  #stages: UserStages<E> | undefined;

  constructor(parts: PublisherParts<E>) {
    this.#parts = parts;
    this.#recorder = parts.recorder;
  }

  /** Subscribes to the user's stages, once there is somebody to take what they may give at once. */
  start(): void {
    const { recorder, trampoline, stages } = this.#parts;
    if (stages.length === 0) return;
    this.#stages = startStages<E>(stages, {
      onOutput: (event) => {
        trampoline.enter(() => {
          this.#leaveStages(event);
        });
      },
      onError: (error, inHand) => {
        recorder.threw('stage', error);
        if (inHand) recorder.loseInStages('stage_error', error);
      },
      onComplete: () => {
        trampoline.enter(() => {
          this.#stagesEnd.complete();
        });
      },
    });
  }

  /** There is no sink, and none is waited for: events are processed before they are in a batch. */
  get processesAtOnce(): boolean {
    return !this.#hasSink && !this.#parts.holdsEarlyEvents;
  }

  /** How many events wait for a sink. */
  get early(): number {
    return this.#early.length;
  }

  /** How many events went into the user's stages and did not come out: as far as can be told, those inside. */
  get inStages(): number {
    return this.#stages?.isCompleted() === true ? 0 : this.#recorder.ledger.inStages;
  }

  /** Why an event can't come out, if it can't. */
  get obstacle(): Extract<DropReason, 'stage_completed' | 'no_sink'> | undefined {
    if (this.#stages?.isCompleted() === true) return 'stage_completed';
    return this.#isHolding() && this.#recorder.ledger.awaitingBatch >= this.#parts.maxHeld() ? 'no_sink' : undefined;
  }

  /** Where nothing is ever held, there is no need for a hop. */
  get untilSink(): MonoTypeOperatorFunction<E> {
    const { holdsEarlyEvents, maxHeld } = this.#parts;
    if (!holdsEarlyEvents) return identity;
    return operate<E, E>((destination) => {
      this.#release = (event) => {
        destination.next(event);
      };
      return {
        next: (event) => {
          if (this.#hasSink) destination.next(event);
          else if (this.#early.length < maxHeld()) this.#early.push(event);
          // Its admission was passed when nothing was held yet.
          else this.#recorder.loseBuffered(1, 'no_sink');
        },
      };
    });
  }

  next(event: E): void {
    if (this.#stages === undefined) this.#emit(event);
    else if (this.#stages.isCompleted()) this.#recorder.loseInStages('stage_completed');
    else this.#stages.next(event);
  }

  /** An event that was accepted is lost before it could come out. */
  loseAccepted(reason: DropReason): void {
    if (this.#stages === undefined) this.#recorder.loseBuffered(1, reason);
    else this.#recorder.loseInStages(reason);
  }

  /** Lets what waits for a sink go, oldest first, and everything that follows. */
  gainSink(): void {
    this.#hasSink = true;
    for (const event of this.#early.drain()) this.#release(event);
  }

  loseLastSink(): void {
    this.#hasSink = false;
  }

  /** Drops the newest of what waits for a sink, until `size` are left; gives how many those were. */
  trimEarly(size: number, reason: DropReason): number {
    let count = 0;
    for (; this.#early.length > size; count += 1) this.#early.pop();
    this.#recorder.loseBuffered(count, reason);
    return count;
  }

  /** A batch has been cut: its events leave the buffer. */
  bookBatch({ events, reason, createdAt }: EventBatch<E>): void {
    const { ledger } = this.#recorder;
    if (!this.processesAtOnce) ledger.process(events.length);
    ledger.flushed(reason, createdAt);
  }

  /** An event came out that fits into no batch. */
  loseUnbatched(reason: DropReason, error: unknown): void {
    if (!this.processesAtOnce) this.#recorder.loseBuffered(1, reason, error);
  }

  /** Completes when the user's stages have let go of what they held. */
  endStages(): Observable<never> {
    return defer(() => {
      if (this.#stages === undefined) this.#stagesEnd.complete();
      else this.#stages.complete();
      return this.#stagesEnd;
    });
  }

  complete(): void {
    this.#stages?.stop();
    this.events.complete();
  }

  #isHolding(): boolean {
    return !this.#hasSink && this.#parts.holdsEarlyEvents;
  }

  #leaveStages(event: E): void {
    const { isDenied, maxHeld, sessionId } = this.#parts;
    const recorder = this.#recorder;
    if (!isObject(event)) recorder.loseInStages('stage_error', new TypeError('Expected a stage to emit events'));
    else if (isDenied()) recorder.loseInStages('consent');
    else if (this.#isHolding() && this.#early.length >= maxHeld()) recorder.loseInStages('no_sink');
    else {
      let complete: E;
      try {
        complete = withSession(event, sessionId);
      } catch (error) {
        recorder.loseInStages('stage_error', error);
        return;
      }
      recorder.ledger.leaveStages();
      this.#emit(complete);
    }
  }

  #emit(event: E): void {
    if (this.processesAtOnce) this.#recorder.ledger.process(1);
    this.events.next(event);
  }
}
