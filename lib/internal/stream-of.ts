import { Observable, type Subject } from 'rxjs';

/**
 * The stream of a subject, without access to the subject. `asObservable()` exposes the subject as `source`, through which a caller could complete the
 * stream for all observers.
 */
export function streamOf<T>(subject: Subject<T>): Observable<T> {
  return new Observable((subscriber) => subject.subscribe(subscriber));
}
