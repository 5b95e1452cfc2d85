import { fromEvent, fromEventPattern, map, merge, Observable } from 'rxjs';
import type { Expectation } from '../internal/check-option.js';

/** A `MessagePort`, a `Worker` or a worker's global scope, in a browser or in Node. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
}

/** Node's ports are emitters, the others event targets. If a port is both, the emitter is faster. */
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
 * Emits the messages of a port.
 *
 * In Node, a port with a listener keeps its thread alive. A port that has no other listener is unrefed: background collection must not keep the
 * thread alive.
 */
export function messagesOf(port: MessagePortLike): Observable<unknown> {
  const any = port as AnyPort;
  return new Observable((subscriber) => {
    subscriber.add(isEmitter(port) ? emitted(port, 'message').subscribe(subscriber) : dataOf(port).subscribe(subscriber));
    // Ports of a channel must be started; workers have no such method.
    any.start?.();
    if (any.start !== undefined && any.listenerCount?.('message') === 1) any.unref?.();
  });
}

/** Emits when a port is closed or a worker has ended, if the platform reports it. */
export function endOf(port: MessagePortLike): Observable<unknown> {
  return isEmitter(port) ? merge(emitted(port, 'close'), emitted(port, 'exit')) : fromEvent(port as unknown as Target, 'close');
}

const isEmitter = (port: MessagePortLike): port is MessagePortLike & Emitter => typeof (port as AnyPort).on === 'function';

/** For a port that is both, `fromEvent` would use the event target. */
const emitted = (port: Emitter, type: string): Observable<unknown> =>
  fromEventPattern(
    (listener) => port.on(type, listener),
    (listener) => port.off(type, listener),
  );

const dataOf = (port: MessagePortLike): Observable<unknown> =>
  fromEvent(port as unknown as Target, 'message').pipe(map((event) => (event as { readonly data: unknown }).data));
