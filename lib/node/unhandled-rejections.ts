import { AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean;

const REJECTED = 'unhandledRejection';
const HANDLED = 'rejectionHandled';

/**
 * Holds unhandled rejections back until the events are delivered, if other code listens for them.
 *
 * ```
 *   rejection ─► process.emit ─► other listeners? ─► deliver ─► they are called
 *                                └► none: Node raises it as an uncaught error
 * ```
 *
 * Honeybadger and many other listeners end the process. Node has no event before `unhandledRejection`, and a listener of ours could not
 * delay the others, and would keep Node and Honeybadger from ending the process. Therefore `process.emit` is replaced, as signal-exit does,
 * but only while other code listens: it adds a frame to the stacks of errors that listeners of the process throw.
 */
export class UnhandledRejections {
  readonly #deliver: () => Promise<void>;
  #isListening = false;
  #isHolding = false;
  #held: (() => void)[] = [];
  /** What `process.emit` was when it was replaced. */
  #replaced: Emit | undefined;
  /** Whether it was a property of `process` itself: other code has replaced it, too. */
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
    const emit = (): boolean => (this.#replaced ?? nativeEmit).call(process, event, ...args);
    if (event !== REJECTED && event !== HANDLED) return emit();
    const isHeld = this.#isHolding || (this.#isListening && event === REJECTED && process.listenerCount(REJECTED) > 0);
    if (!isHeld) return emit();
    // In the asynchronous context of the rejection, in which error reporters look for their scope.
    const release = AsyncResource.bind(() => {
      // Without a listener, as the last one may have been removed: Node raises it again.
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
    // In ticks of their own, so that an error that a listener throws is an uncaught exception, as it would have been.
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
    // Code that has replaced `emit` since then still calls ours.
    if (emitter.emit !== this.#emit) return;
    if (this.#isOwn && this.#replaced !== undefined) emitter.emit = this.#replaced;
    else delete (emitter as Partial<typeof emitter>).emit;
    this.#replaced = undefined;
  }
}

const emitter = process as unknown as { emit: Emit };
const { emit: nativeEmit } = EventEmitter.prototype as unknown as { readonly emit: Emit };
