import { Subject } from 'rxjs';

/**
 * A Subject that is quick to serve a single observer.
 *
 * `Subject.next` makes a closure and an iterator for every value, about 50 ns (`bench/`), to be safe while observers come and go. With one
 * observer there is nobody to come between: he is called at once.
 */
export class HotSubject<T> extends Subject<T> {
  override next(value: T): void {
    const { observers } = this;
    const only = observers[0];
    if (only !== undefined && observers.length === 1) only.next(value);
    else super.next(value);
  }
}
