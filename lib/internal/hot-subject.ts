import { Subject, type Observer } from 'rxjs';

/**
 * A Subject that is quick to serve its observers.
 *
 * `Subject.next` makes a closure and an iterator for every value, to be safe while observers come and go: from the second observer on, that
 * is 70 ns an event and 8 ns an observer (`bench/`). Here the list is copied only when it differs from the last copy.
 */
export class HotSubject<T> extends Subject<T> {
  #copy: readonly Observer<T>[] = [];

  override next(value: T): void {
    const { observers } = this;
    if (observers.length === 1) observers[0]?.next(value);
    else for (const observer of this.#snapshot()) observer.next(value);
  }

  /** Whoever joins while a value goes round gets the next one, and whoever leaves is closed. */
  #snapshot(): readonly Observer<T>[] {
    const { observers } = this;
    const copy = this.#copy;
    let isCurrent = copy.length === observers.length;
    for (let index = 0; isCurrent && index < copy.length; index += 1) isCurrent = copy[index] === observers[index];
    return isCurrent ? copy : (this.#copy = [...observers]);
  }
}
