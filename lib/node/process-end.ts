import { constants } from 'node:os';
import { delay, firstValueFrom, from, NEVER, race, Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { isObject } from '../internal/check-option.js';
import { UncaughtErrors } from './uncaught-errors.js';
import { UnhandledRejections } from './unhandled-rejections.js';

type Listener = (value: unknown) => void;

export type OtherListeners = 'wait' | 'end' | 'leave';

/** A collector whose events are delivered before the process ends. */
export interface ProcessMember {
  readonly signals: readonly NodeJS.Signals[];
  readonly timeoutMs: number;
  readonly others: OtherListeners;
  flush(): PromiseLike<unknown>;
  shutdown(limitMs?: number): PromiseLike<unknown>;
}

/** Shared by all lifecycles of a process, including those of other copies of this package. */
export interface ProcessEnd {
  /** Returns a function that removes the member. */
  join(member: ProcessMember): () => void;
}

const KEY = Symbol.for('rx-event-collector/process-end@1');

/** The process's only instance. */
export function processEnd(): ProcessEnd {
  const scope = globalThis as typeof globalThis & { [KEY]?: ProcessEnd };
  return (scope[KEY] ??= new SharedProcessEnd());
}

/** Signals within this time count as one: process groups and wrappers such as `npx tsx` send a signal several times within milliseconds. */
const DUPLICATE_MS = 500;
/** Share of the deadline that other listeners have for ending the process; the rest is for the shutdown. */
const SHARE_OF_OTHERS = 0.9;
/** Share of the deadline that is left for the end itself, up to `MOMENT_MS`. */
const SHARE_OF_END = 0.05;
/** How long to wait for a raised signal to end the process. For process 1 the kernel ignores the signal. */
const MOMENT_MS = 100;
/** The same if other listeners got the signal and may have work to finish, such as sending a report. */
const MOMENT_OF_OTHERS_MS = 1_000;

/** State from the first request to end the process. */
interface Ending {
  /** Whether this library ends the process; otherwise other listeners are expected to. */
  isOurs: boolean;
  /** Whether the first signal is long enough ago for the next one to be a second request. */
  isRepeatable: boolean;
  /** Number of other listeners at the last signal. If there are fewer at the next one, a listener has removed itself and raised the signal again. */
  others: number;
  /** The time that is left for the end itself. */
  readonly momentMs: number;
  /** Resolves when only `momentMs` are left until the deadline. */
  readonly lastMoment: Promise<unknown>;
}

class SharedProcessEnd implements ProcessEnd {
  readonly #members = new Set<ProcessMember>();
  readonly #listeners = new Map<string, Listener>();
  readonly #timers = new Subscription();
  #ending: Ending | undefined;
  #isExiting = false;
  readonly #errors = new UncaughtErrors({
    deliver: (others) => this.#deliver(others > 0 ? 'flush' : 'shutdown'),
    beforeCrash: () => this.#stopListening(),
    isEndRequired: () => this.#policy() === 'end',
  });
  readonly #rejections = new UnhandledRejections(() => this.#deliver('flush'));

  join(member: ProcessMember): () => void {
    this.#members.add(member);
    this.#listen(member.signals);
    return () => {
      this.#members.delete(member);
      if (this.#members.size > 0 || this.#ending?.isOurs === true || this.#errors.isHolding) return;
      this.#ending = undefined;
      this.#stopListening();
    };
  }

  #listen(signals: readonly NodeJS.Signals[]): void {
    this.#on('beforeExit', () => void this.#deliver('shutdown'));
    this.#on('exit', () => {
      this.#isExiting = true;
      this.#errors.detach();
      for (const member of this.#members) void member.flush();
    });
    this.#on('uncaughtExceptionMonitor', () => {
      // An error of an `exit` listener: Node doesn't run `nextTick` callbacks any more, which most sinks need.
      if (this.#isExiting) return;
      if (process.hasUncaughtExceptionCaptureCallback()) void this.#deliver('flush');
      else this.#errors.intercept();
    });
    this.#rejections.listen();
    for (const signal of signals) this.#on(signal, () => this.#request(signal, (ending) => this.#raise(signal, ending)));
    if (channelOf(process) === undefined) return;
    this.#on('message', (message: unknown) => {
      if (message === 'shutdown') this.#request('message', () => process.exit());
    });
  }

  #on(event: string, listener: Listener): void {
    if (this.#listeners.has(event)) return;
    this.#listeners.set(event, listener);
    // First, so that listeners registered with `once` are still counted: they are removed when they are called.
    (process as NodeJS.EventEmitter).prependListener(event, listener);
    // A listener for messages would keep the process alive.
    if (event === 'message') channelOf(process)?.unrefCounted();
  }

  #stopListening(): void {
    this.#rejections.stopListening();
    for (const [event, listener] of this.#listeners) {
      if (event === 'message') channelOf(process)?.refCounted();
      (process as NodeJS.EventEmitter).off(event, listener);
    }
    this.#listeners.clear();
  }

  /** Handles a request to end the process. `end` ends it. */
  #request(event: string, end: (ending: Ending) => void): void {
    const others = othersOf(event, this.#listeners.get(event));
    const isFirst = this.#ending === undefined;
    const ending = (this.#ending ??= this.#begin(others));
    const isRaisedAgain = others < ending.others;
    ending.others = others;
    if (isFirst) {
      this.#timers.add(timer(DUPLICATE_MS, backgroundScheduler).subscribe(() => (ending.isRepeatable = true)));
    } else if (ending.isOurs) {
      if (ending.isRepeatable && !isRaisedAgain && others === 0) end(ending);
      return;
    }
    const policy = this.#policy();
    if (others === 0 || policy === 'end') {
      void this.#end(ending, end);
      return;
    }
    void this.#deliver('flush');
    if (!isFirst || policy === 'leave') return;
    // The timer doesn't keep the process alive: if nothing is left to do, the process exits by itself.
    const waitMs = this.#timeoutMs() * SHARE_OF_OTHERS;
    if (waitMs === Infinity) return;
    this.#timers.add(
      timer(waitMs, backgroundScheduler).subscribe(() => {
        if (this.#ending === ending) void this.#end(ending, end, this.#timeoutMs() * (1 - SHARE_OF_OTHERS) - ending.momentMs);
      }),
    );
  }

  async #end(ending: Ending, end: (ending: Ending) => void, limitMs?: number): Promise<void> {
    if (ending.isOurs) return;
    ending.isOurs = true;
    await this.#deliver('shutdown', limitMs);
    // If an error was raised in the meantime, it ends the process, with its usual output.
    if (!this.#errors.isHolding) end(ending);
  }

  /** Resolves when every member has delivered, including those that join in the meantime. Never rejects, and never waits beyond the deadline. */
  async #deliver(how: 'flush' | 'shutdown', limitMs = Infinity): Promise<void> {
    const seen = new Set<ProcessMember>();
    for (;;) {
      const open = [...this.#members].filter((member) => !seen.has(member));
      if (open.length === 0) return;
      await Promise.all(
        open.map((member) => {
          seen.add(member);
          // Limited as well: a shutdown that was called earlier may have a later deadline.
          const delivered = Promise.resolve(how === 'flush' ? member.flush() : member.shutdown(limitMs)).catch(() => undefined);
          return firstValueFrom(race(delivered, after(Math.min(member.timeoutMs, limitMs))), { defaultValue: undefined });
        }),
      );
    }
  }

  #begin(others: number): Ending {
    const timeoutMs = this.#timeoutMs();
    const momentMs = Math.min(MOMENT_MS, timeoutMs * SHARE_OF_END);
    const lastMoment = firstValueFrom(after(timeoutMs - momentMs, backgroundScheduler), { defaultValue: undefined });
    return { isOurs: false, isRepeatable: false, others, momentMs, lastMoment };
  }

  /** Raises the signal again, unless all other listeners have already handled it: it would only call them twice. */
  #raise(signal: NodeJS.Signals, { momentMs, lastMoment }: Ending): void {
    const own = this.#listeners.get(signal);
    const listening = process.listenerCount(signal) - Number(own !== undefined);
    const isAwaited = listening === 0 || listening > othersOf(signal, own);
    this.#stopListening();
    if (isAwaited) process.kill(process.pid, signal);
    const end$ = listening === 0 ? timer(MOMENT_MS) : race(timer(MOMENT_OF_OTHERS_MS), from(lastMoment).pipe(delay(momentMs)));
    end$.subscribe(() => process.exit(128 + constants.signals[signal]));
  }

  #policy(): OtherListeners {
    const policies = [...this.#members].map(({ others }) => others);
    return (['end', 'wait'] as const).find((each) => policies.includes(each)) ?? 'leave';
  }

  #timeoutMs(): number {
    return Math.max(0, ...[...this.#members].map(({ timeoutMs }) => timeoutMs));
  }
}

function after(ms: number, scheduler?: SchedulerLike): Observable<unknown> {
  return ms === Infinity ? NEVER : timer(ms, scheduler);
}

/** Names of listeners that end the process only if there are no others. */
const WAITING_LISTENERS: readonly string[] = ['honeybadgerShutdownListener'];

/** Number of listeners that may end the process by themselves. */
function othersOf(event: string, own: Listener | undefined): number {
  const others = process.listeners(event as NodeJS.Signals).filter((each) => each !== own && !WAITING_LISTENERS.includes(each.name));
  return Math.max(0, others.length - (event.startsWith('SIG') ? signalExitCount() : 0));
}

/** Number of listeners of signal-exit. Each loaded copy listens for every signal, but doesn't end the process if there are other listeners. */
function signalExitCount(): number {
  const version3 = (process as { readonly __signal_exit_emitter__?: unknown }).__signal_exit_emitter__;
  const version4 = (globalThis as { readonly [SIGNAL_EXIT_4]?: unknown })[SIGNAL_EXIT_4];
  return [version3, version4].reduce<number>((sum, each) => sum + (isObject(each) && typeof each.count === 'number' ? each.count : 0), 0);
}

const SIGNAL_EXIT_4: unique symbol = Symbol.for('signal-exit emitter');

/** The channel to the parent process, if listeners for messages can be kept from holding the process open. */
interface CountedChannel {
  refCounted(): void;
  unrefCounted(): void;
}

function channelOf({ channel }: NodeJS.Process): CountedChannel | undefined {
  const counted = channel as Partial<CountedChannel> | null | undefined;
  return typeof counted?.unrefCounted === 'function' && typeof counted.refCounted === 'function' ? (counted as CountedChannel) : undefined;
}
