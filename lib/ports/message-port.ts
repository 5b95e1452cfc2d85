import { fromEvent, fromEventPattern, map, merge, Observable } from 'rxjs';
import type { Expectation } from '../internal/check-option.js';

/** A `MessagePort`, a `Worker` or a worker's own scope: of a browser or of Node. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
}

/** What Node's ports have, and what every other does; where there are both, the emitter costs less. */
interface Emitter {
  on(type: string, listener: (value: unknown) => void): void;
  off(type: string, listener: (value: unknown) => void): void;
}
interface Target {
  addEventListener(type: string, listener: (event: unknown) => void): void;
  removeEventListener(type: string, listener: (event: unknown) => void): void;
}
type AnyPort = Partial<Emitter & Target & { start(): void; unref(): void; listenerCount(type: string): number }>;

export const aMessagePort: Expectation = {
  expected: 'a MessagePort or a Worker',
  accepts: (value) => {
    const { postMessage, on, addEventListener } = (value ?? {}) as AnyPort & Partial<MessagePortLike>;
    return typeof postMessage === 'function' && [on, addEventListener].some((listen) => typeof listen === 'function');
  },
};

/**
 * What comes in.
 *
 * In Node, a port that somebody listens to keeps its thread alive. One that nobody else listens to doesn't: what is collected in the background must not.
 */
export function messagesOf(port: MessagePortLike): Observable<unknown> {
  const any = port as AnyPort;
  return new Observable((subscriber) => {
    subscriber.add(isEmitter(port) ? emitted(port, 'message').subscribe(subscriber) : dataOf(port).subscribe(subscriber));
    // Ports of a channel wait for this, workers know nothing of it.
    any.start?.();
    if (any.start !== undefined && any.listenerCount?.('message') === 1) any.unref?.();
  });
}

/** Emits when the other side is gone, as far as the platform tells: a port is closed, or a worker has ended. */
export function endOf(port: MessagePortLike): Observable<unknown> {
  return isEmitter(port) ? merge(emitted(port, 'close'), emitted(port, 'exit')) : fromEvent(port as unknown as Target, 'close');
}

const isEmitter = (port: MessagePortLike): port is MessagePortLike & Emitter => typeof (port as AnyPort).on === 'function';

/** `fromEvent` would take what is both for an event target. */
const emitted = (port: Emitter, type: string): Observable<unknown> =>
  fromEventPattern(
    (listener) => port.on(type, listener),
    (listener) => port.off(type, listener),
  );

const dataOf = (port: MessagePortLike): Observable<unknown> =>
  fromEvent(port as unknown as Target, 'message').pipe(map((event) => (event as { readonly data: unknown }).data));
