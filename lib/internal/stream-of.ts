import { Observable, type Subject } from 'rxjs';

/**
 * The stream of a subject, without access to the subject. `asObservable()` keeps it as `source`, through which a caller could complete the
 * stream for all its observers.
 */
export function streamOf<T>(subject: Subject<T>): Observable<T> {
  return new Observable((subscriber) => subject.subscribe(subscriber));
}
