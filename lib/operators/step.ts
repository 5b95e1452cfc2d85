import type { MonoTypeOperatorFunction, SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler } from '../internal/check-option.js';
import { defaultRandom } from '../internal/default-random.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';
import type { OnReject } from '../ledger/drop-reason.js';

/**
 * Processes one event in a stage. Returns the event to pass on (the same object, or a changed copy), or calls `reject` with the reason and returns
 * `undefined`. Never throws.
 */
export type Step<E> = (event: E) => E | undefined;

/** The dependencies of a step. */
export interface StepEnv<E> {
  /** Milliseconds, from the scheduler's clock. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Rejects an event. Never throws. */
  readonly reject: OnReject<E>;
}

/** Starts the step of a stage. Both the public operator and the collector use it, so a stage is defined only once. */
export type StartStep<E> = (env: StepEnv<E>) => Step<E>;

/** The options of every operator that consists of a step. */
export interface StepOptions<E> {
  /** Clock. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Uniform in [0, 1). @default the runtime's random generator */
  readonly random?: (() => number) | undefined;
  /** Called with each event that is not passed on. If it throws, the stream continues. */
  readonly onReject?: OnReject<E> | undefined;
}

/** The rows of `StepOptions`. */
export const stepRows = () =>
  ({ scheduler: [aScheduler, backgroundScheduler], random: [aFunction, defaultRandom], onReject: [aFunction] }) as const;

const OPTIONS = /* @__PURE__ */ optionsOf<StepOptions<never>, 'onReject'>(stepRows);
const ON_REJECT = /* @__PURE__ */ optionsOf<Pick<StepOptions<never>, 'onReject'>, 'onReject'>(() => ({ onReject: [aFunction] }));

/**
 * Creates an operator that runs a step on every event, with fresh state for each subscription.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function stepOperator<E>(start: StartStep<E>, options: StepOptions<E> = {}): MonoTypeOperatorFunction<E> {
  const { scheduler, random, onReject } = OPTIONS.parse(options) as ReturnType<typeof OPTIONS.parse> & Pick<StepOptions<E>, 'onReject'>;
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
 * Parses the options of an operator that has only `onReject`.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function parseOnReject<E>(options: Pick<StepOptions<E>, 'onReject'>): Pick<StepOptions<E>, 'onReject'> {
  return ON_REJECT.parse(options) as Pick<StepOptions<E>, 'onReject'>;
}

/** Wraps the optional `onReject`, so that it never throws. */
export function safeOnReject<E>(onReject: OnReject<E> | undefined): OnReject<E> {
  if (onReject === undefined) return ignore;
  return (event, reason, error) => {
    try {
      onReject(event, reason, error);
    } catch {
      // The event is rejected anyway; an error of the callback must not affect the next one.
    }
  };
}

const ignore = (): void => undefined;
