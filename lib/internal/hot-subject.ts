import { Subject, type Observer } from 'rxjs';

/**
 * A Subject with a fast `next`.
 *
 * `Subject.next` creates a closure and an iterator for every value, in case observers are added or removed meanwhile: with two or more observers,
 * that takes 70 ns per event and 8 ns per observer (`bench/`). Here the list of observers is copied only after it has changed.
 */
export class HotSubject<T> extends Subject<T> {
  #copy: readonly Observer<T>[] = [];

  override next(value: T): void {
    const { observers } = this;
    if (observers.length === 1) observers[0]?.next(value);
    else for (const observer of this.#snapshot()) observer.next(value);
  }

  /** An observer added during an emission receives the next value; a removed one is closed. */
  #snapshot(): readonly Observer<T>[] {
    const { observers } = this;
    const copy = this.#copy;
    let isCurrent = copy.length === observers.length;
    for (let index = 0; isCurrent && index < copy.length; index += 1) isCurrent = copy[index] === observers[index];
    return isCurrent ? copy : (this.#copy = [...observers]);
  }
}
