import { exhaustMap, filter, fromEvent, type Subscription } from 'rxjs';
import type { EventCollector } from 'rx-event-collector';

/** Ctrl-Shift-E opens and closes the devtools. A bundler that splits code loads them when they are first opened. */
export function devtoolsKey(collector: EventCollector): void {
  let attached: Subscription | undefined;
  fromEvent<KeyboardEvent>(document, 'keydown')
    .pipe(
      filter(({ ctrlKey, shiftKey, code }) => ctrlKey && shiftKey && code === 'KeyE'),
      exhaustMap((event) => {
        event.preventDefault();
        return import('rx-event-collector/devtools');
      }),
    )
    .subscribe(({ attachDevtools }) => {
      if (attached !== undefined && !attached.closed) attached.unsubscribe();
      else attached = attachDevtools(collector, { title: 'This page' });
    });
}
