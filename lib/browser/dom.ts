import { Observable } from 'rxjs';
import { tryGet } from '../internal/try-get.js';

/**
 * A method of the target's prototype, to be used with `call`.
 *
 * Named elements shadow the properties of their form and of their document: with `<input name="matches">`, `form.matches` is the field.
 */
export function methodOf<T extends object, K extends keyof T>(target: T, name: K): T[K] {
  return Reflect.get(Object.getPrototypeOf(target) as T, name) ?? target[name];
}

/** A string or boolean property; the prototype's if an element shadows it. `undefined` if there is neither. */
export function valueOf<T extends object, K extends keyof T>(target: T, name: K): T[K] | undefined {
  const own = target[name];
  return isPlain(own) ? own : [Reflect.get(Object.getPrototypeOf(target) as T, name, target) as T[K]].find(isPlain);
}

const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';

/** Adds a listener, and returns the function that removes it. */
export function listen(target: EventTarget, type: string, listener: (event: Event) => void, capture = false): () => void {
  methodOf(target, 'addEventListener').call(target, type, listener, capture);
  return () => {
    methodOf(target, 'removeEventListener').call(target, type, listener, capture);
  };
}

/**
 * Emits the result of `read` for each event of a target while it is subscribed to; never completes.
 *
 * If `read` throws or returns `undefined`, that event is left out: reading an event that the page's scripts dispatched may throw.
 */
export function fromDomEvent<R>(target: EventTarget, type: string, read: (event: never) => R | undefined, capture = false): Observable<R> {
  return new Observable((subscriber) =>
    listen(
      target,
      type,
      (event) => {
        const value = tryGet(() => read(event as never));
        if (value !== undefined) subscriber.next(value);
      },
      capture,
    ),
  );
}
