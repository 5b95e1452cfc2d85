import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { timer } from 'rxjs';
import { tryGet } from '../internal/try-get.js';
import { crashWith } from './crash-with.js';

interface UncaughtErrorHooks {
  /** Delivers the events. @param others number of other listeners for uncaught errors */
  readonly deliver: (others: number) => Promise<void>;
  /** Called immediately before the process crashes. */
  readonly beforeCrash: () => void;
  /** Whether the process must end even if other listeners handle the error. */
  readonly isEndRequired: () => boolean;
}

interface UncaughtError {
  readonly error: unknown;
  readonly origin: NodeJS.UncaughtExceptionOrigin;
}

type Listener = NodeJS.UncaughtExceptionListener;

const EVENT = 'uncaughtException';
/** Time that other listeners have for their reports if the process must end. */
const MOMENT_OF_OTHERS_MS = 1_000;

/**
 * Holds back uncaught errors until the events are delivered; then they have their usual effect.
 *
 * ```
 *   error ─► uncaughtExceptionMonitor: other listeners are set aside ─► deliver ─► they are restored and called
 *                                                                              └► none: the error crashes the process
 * ```
 *
 * While other listeners run, no listener of this library is registered: several packages end the process only if there is no other listener.
 */
export class UncaughtErrors {
  readonly #hooks: UncaughtErrorHooks;
  #setAside: Listener[] = [];
  #held: UncaughtError[] = [];
  #isHolding = false;
  readonly #hold: Listener = (error, origin) => this.#add({ error, origin });

  constructor(hooks: UncaughtErrorHooks) {
    this.#hooks = hooks;
  }

  /** Whether an error is being held back. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Called by Node immediately before the listeners for uncaught errors. */
  intercept(): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#setAside = process.rawListeners(EVENT) as Listener[];
    process.removeAllListeners(EVENT);
    process.on(EVENT, this.#hold);
  }

  /** Called when the process exits: an error that is thrown then has its usual effect. */
  detach(): void {
    process.off(EVENT, this.#hold);
    for (const each of this.#setAside.splice(0)) process.on(EVENT, each);
  }

  #add(uncaught: UncaughtError): void {
    const isFirst = this.#held.push(uncaught) === 1;
    if (isFirst) void this.#hooks.deliver(this.#setAside.length).then(() => this.#release());
    else if (this.#setAside.length === 0 && uncaught.error !== this.#held[0]?.error) {
      // Only the first error crashes the process; without a listener, this is the only way to show another one.
      const text = tryGet(() => inspect(uncaught.error)) ?? 'error that cannot be printed';
      // An error thrown here, for instance because stderr is closed, would end the process before the delivery.
      tryGet(() => writeSync(2, `Uncaught ${text}\n`));
    }
  }

  #release(): void {
    const added = (process.rawListeners(EVENT) as Listener[]).filter((each) => each !== this.#hold);
    process.removeAllListeners(EVENT);
    for (const each of [...this.#setAside.splice(0), ...added]) process.on(EVENT, each);
    const [first, ...rest] = this.#held;
    this.#held = [];
    if (first === undefined) return;
    if (process.listenerCount(EVENT) === 0) {
      this.#crash(first);
      return;
    }
    this.#isHolding = false;
    const isEndRequired = this.#hooks.isEndRequired();
    try {
      for (const { error, origin } of [first, ...rest]) (process as NodeJS.EventEmitter).emit(EVENT, error, origin);
    } catch (error) {
      // Node's exit code for an error in a listener for uncaught errors.
      process.once('exit', () => (process.exitCode = 7));
      this.#crash({ error, origin: first.origin });
      return;
    }
    if (isEndRequired) timer(MOMENT_OF_OTHERS_MS).subscribe(() => this.#crash(first));
  }

  #crash({ error, origin }: UncaughtError): void {
    this.#isHolding = true;
    this.#hooks.beforeCrash();
    // These monitors were already called with the error.
    process.removeAllListeners('uncaughtExceptionMonitor');
    process.removeAllListeners(EVENT);
    crashWith(error, origin);
  }
}
