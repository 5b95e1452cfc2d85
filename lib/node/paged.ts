import { asyncScheduler, concatMap, from, Observable, type ObservableInput } from 'rxjs';
import { aFunction, anInteger, aScheduler, checkArgument } from '../internal/check-option.js';
import type { EventPageOptions, EventScanOptions, EventScanProjection } from './event-query.js';

/**
 * Every event that a query finds, read page by page, each when the one before is done with and others have had their turn.
 *
 * ```
 * pages    (abc)(de)
 *          paged(read, { pageSize: 3 })
 * result   (abc)-(de|)
 * ```
 */
export function paged<E extends { readonly id: string; readonly timestamp: number }>(
  read: (page: EventPageOptions) => readonly E[],
  options: EventScanOptions & Partial<Pick<EventScanProjection<E, ObservableInput<unknown>>, 'project'>>,
): Observable<unknown> {
  const { from: start, to, newestFirst, pageSize = 500, scheduler = asyncScheduler, project } = options;
  checkArgument('pageSize', pageSize, anInteger(1));
  checkArgument('scheduler', scheduler, aScheduler);
  if (project !== undefined) checkArgument('project', project, aFunction);
  return new Observable((subscriber) => {
    const readPage = (after: E | undefined): void => {
      let page: readonly E[];
      try {
        page = read({ from: start, to, newestFirst, after, limit: pageSize });
      } catch (error) {
        subscriber.error(error);
        return;
      }
      // Whoever has left during a page isn't known to its source, which gives all of it in one go.
      const wanted$ = from(
        (function* () {
          for (const event of page)
            if (subscriber.closed) return;
            else yield event;
        })(),
      );
      const done$: Observable<unknown> = project === undefined ? wanted$ : wanted$.pipe(concatMap(project));
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
