import { asyncScheduler, concatMap, from, Observable, type ObservableInput } from 'rxjs';
import { aBoolean, aFunction, anInteger, aScheduler } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aTime } from './event-queries.js';
import type { EventPageOptions, EventScanOptions, EventScanProjection } from './event-query.js';

type Options<E> = EventScanOptions & Partial<Pick<EventScanProjection<E, ObservableInput<unknown>>, 'project'>>;

const OPTIONS = optionsOf<Options<never>, 'from' | 'to' | 'project'>(() => ({
  from: [aTime],
  to: [aTime],
  newestFirst: [aBoolean, false],
  pageSize: [anInteger(1), 500],
  scheduler: [aScheduler, asyncScheduler],
  project: [aFunction],
}));

/**
 * Reads a query's result page by page. The next page is read when the previous one has been processed and other work has run.
 *
 * ```
 * pages    (abc)(de)
 *          paged(read, { pageSize: 3 })
 * result   (abc)-(de|)
 * ```
 */
export function paged<E extends { readonly id: string; readonly timestamp: number }>(
  read: (page: EventPageOptions) => readonly E[],
  options?: Options<E>,
): Observable<unknown> {
  const { from: start, to, newestFirst, pageSize, scheduler, project } = OPTIONS.parse(options);
  return new Observable((subscriber) => {
    const readPage = (after: E | undefined): void => {
      let page: readonly E[];
      try {
        page = read({ from: start, to, newestFirst, after, limit: pageSize });
      } catch (error) {
        subscriber.error(error);
        return;
      }
      // A page is emitted synchronously; an unsubscription in between must stop it.
      const wanted$ = from(
        (function* () {
          for (const event of page)
            if (subscriber.closed) return;
            else yield event;
        })(),
      );
      const done$: Observable<unknown> =
        project === undefined ? wanted$ : wanted$.pipe(concatMap(project as (event: E) => ObservableInput<unknown>));
      const subscription = done$.subscribe({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          const last = page.at(-1);
          if (page.length < pageSize || last === undefined) subscriber.complete();
          else subscriber.add(scheduler.schedule(() => readPage(last)));
        },
      });
      subscriber.add(subscription);
    };
    readPage(undefined);
  });
}
