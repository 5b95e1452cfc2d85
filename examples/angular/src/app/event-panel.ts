import { ChangeDetectionStrategy, Component, signal } from '@angular/core';
import { injectEvents, injectStats } from 'rx-event-collector/angular';

const SHOWN = 8;

/** The latest events as they happen, and the collector's books. */
@Component({
  selector: 'app-event-panel',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <aside aria-label="Events">
      <p>{{ stats().eventsReceived }} received, {{ stats().eventsBuffered }} buffered, {{ stats().eventsProcessed }} processed</p>
      @for (sink of sinks(); track sink.name) {
        <p>{{ sink.name }}: {{ sink.delivered }} delivered, {{ sink.pending }} pending</p>
      }
      <ol>
        @for (event of latest(); track event.id) {
          <li>{{ event.type }}</li>
        }
      </ol>
    </aside>
  `,
})
export class EventPanel {
  protected readonly stats = injectStats();
  protected readonly latest = signal<readonly { readonly id: string; readonly type: string }[]>([]);

  constructor() {
    injectEvents().subscribe((event) => this.latest.update((events) => [event, ...events].slice(0, SHOWN)));
  }

  protected sinks() {
    return Object.entries(this.stats().sinks).map(([name, { delivered, pending }]) => ({ name, delivered, pending }));
  }
}
