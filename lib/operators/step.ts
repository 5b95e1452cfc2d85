import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler, checkArgument } from '../internal/check-option.js';
import { defaultRandom } from '../internal/default-random.js';
import { operate } from '../internal/operate.js';
import type { OnReject } from '../ledger/drop-reason.js';

/**
 * One stage's work on one event: the event to pass on (the same object, or a changed copy), or `undefined` once `reject` has been told
 * why it goes no further. A step never throws.
 */
export type Step<E> = (event: E) => E | undefined;

/** What a step may ask for. */
export interface StepEnv<E> {
  /** Milliseconds, from the scheduler's clock. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Never throws. */
  readonly reject: OnReject<E>;
}

/** A stage, defined once: the public operator and the collector both start their steps from it. */
export type StartStep<E> = (env: StepEnv<E>) => Step<E>;

/** Options that every operator made of a step understands. */
export interface StepOptions<E> {
  /** Where the clock comes from. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Uniform in [0, 1). @default the runtime's own */
  readonly random?: (() => number) | undefined;
  /** Told about each event that is not passed on. What it throws is ignored: the event is gone already. */
  readonly onReject?: OnReject<E> | undefined;
}

/** The operator that runs a step on every event, with fresh state for each subscription. */
export function stepOperator<E>(start: StartStep<E>, options: StepOptions<E> = {}): MonoTypeOperatorFunction<E> {
  checkStepOptions(options);
  const { scheduler = backgroundScheduler, random = defaultRandom, onReject } = options;
  return operate<E, E>((destination) => {
    const step = start({ now: () => scheduler.now(), random, reject: safeOnReject(onReject) });
    return {
      next(event) {
        const passed = step(event);
        if (passed !== undefined) destination.next(passed);
      },
    };
  });
}

/**
 * Checks whichever of these are given: a scheduler of that name, and otherwise functions.
 *
 * @throws TypeError for an option that is not what its name says
 */
export function checkTools(tools: Readonly<Record<string, unknown>>): void {
  for (const [name, tool] of Object.entries(tools))
    if (tool !== undefined) checkArgument(name, tool, name === 'scheduler' ? aScheduler : aFunction);
}

/** @throws TypeError for an option that is not what its name says */
export function checkStepOptions({ scheduler, random, onReject }: StepOptions<never>): void {
  checkTools({ scheduler, random, onReject });
}

/** `onReject` as operators call it: optional, and unable to harm the stream. */
export function safeOnReject<E>(onReject: OnReject<E> | undefined): OnReject<E> {
  if (onReject === undefined) return ignore;
  return (event, reason, error) => {
    try {
      onReject(event, reason, error);
    } catch {
      // The event is out already; a callback that throws must not take the next one with it.
    }
  };
}

const ignore = (): void => undefined;
