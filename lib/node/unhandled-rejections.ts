import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

const REJECTED = 'unhandledRejection';
const HANDLED = 'rejectionHandled';

/**
 * Holds back unhandled rejections until the events are delivered, if other code listens for them.
 *
 * ```
 *   rejection ─► process.emit ─► other listeners? ─► deliver ─► they are called
 *                                └► none: Node raises it as an uncaught error
 * ```
 *
 * Honeybadger and many other listeners end the process. Node has no event before `unhandledRejection`. An additional listener could not delay the
 * others, and would keep Node and Honeybadger from ending the process. Therefore `process.emit` is replaced, as signal-exit does, but only while
 * other code listens: the replacement adds a frame to the stacks of errors that listeners of the process throw.
 */
export class UnhandledRejections {
  readonly #deliver: () => Promise<void>;
  #isListening = false;
  #isHolding = false;
  #held: (() => void)[] = [];
  /** The original `process.emit`, while it is replaced. */
  #replaced: Emit | undefined;
  /** Whether the original was an own property of `process`, because other code had replaced it, too. */
  #isOwn = false;

  /** @param deliver delivers the events; never rejects */
  constructor(deliver: () => Promise<void>) {
    this.#deliver = deliver;
  }

  listen(): void {
    if (process.listenerCount(REJECTED) > 0) this.#replace();
    if (this.#isListening) return;
    this.#isListening = true;
    process.on('newListener', this.#added);
    process.on('removeListener', this.#removed);
  }

  stopListening(): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    process.off('newListener', this.#added);
    process.off('removeListener', this.#removed);
    this.#restore();
  }

  readonly #added = (event: string | symbol): void => {
    if (event === REJECTED) this.#replace();
  };

  readonly #removed = (event: string | symbol): void => {
    if (event === REJECTED && process.listenerCount(REJECTED) === 0) this.#restore();
  };

  readonly #emit: Emit = (event, ...args) => {
    // Kept for held rejections: `process.emit` may be restored in the meantime.
    const original = this.#replaced ?? nativeEmit;
    const emit = (): boolean => original.call(process, event, ...args);
    if (event !== REJECTED && event !== HANDLED) return emit();
    const isHeld = this.#isHolding || (this.#isListening && event === REJECTED && process.listenerCount(REJECTED) > 0);
    if (!isHeld) return emit();
    // Runs in the asynchronous context of the rejection, where error reporters find their scope.
    const release = AsyncResource.bind(() => {
      // If there is no listener any more, reject again, so that Node raises the error.
      const [reason] = args as [reason: Error];
      if (!emit() && event === REJECTED) void Promise.reject(reason);
    });
    this.#held.push(release);
    if (!this.#isHolding) {
      this.#isHolding = true;
      void this.#deliver().then(() => this.#release());
    }
    return true;
  };

  #release(): void {
    this.#isHolding = false;
    const held = this.#held;
    this.#held = [];
    // Each in its own tick, so that an error thrown by a listener becomes an uncaught exception, as it would without this class.
    for (const release of held) process.nextTick(release);
  }

  #replace(): void {
    const isReplaced = this.#replaced !== undefined && emitter.emit !== nativeEmit;
    if (isReplaced) return;
    this.#isOwn = Object.hasOwn(process, 'emit');
    this.#replaced = emitter.emit;
    emitter.emit = this.#emit;
  }

  #restore(): void {
    // If other code has replaced `emit` since then, it still calls this one, so it stays.
    if (emitter.emit !== this.#emit) return;
    if (this.#isOwn && this.#replaced !== undefined) emitter.emit = this.#replaced;
    else delete (emitter as Partial<typeof emitter>).emit;
    this.#replaced = undefined;
  }
}

const emitter = process as unknown as { emit: Emit };
const { emit: nativeEmit } = EventEmitter.prototype as unknown as { readonly emit: Emit };
