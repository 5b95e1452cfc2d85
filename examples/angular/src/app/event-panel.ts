import { ChangeDetectionStrategy, Component, computed, signal } from '@angular/core';
import type { AnalyticsEvent } from 'rx-event-collector';
import { injectEvents, injectStats } from 'rx-event-collector/angular';

const SHOWN = 8;

/** The latest events, the number of each type, and the collector's ledger. */
@Component({
  selector: 'app-event-panel',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <aside aria-label="Events">
      <p class="books">
        {{ stats().eventsReceived }} received, {{ stats().eventsBuffered }} buffered, {{ stats().eventsProcessed }} processed
      </p>
      @for (sink of sinks(); track sink.name) {
        <p class="books">
          {{ sink.name }}: {{ sink.delivered }} delivered, {{ sink.pending }} pending, {{ sink.failed + sink.dropped }} lost
        </p>
      }
      <ul>
        @for (count of counts(); track count[0]) {
          <li>
            {{ count[0] }} <b>{{ count[1] }}</b>
          </li>
        }
      </ul>
      <ol>
        @for (event of latest(); track event.id) {
          <li>
            <code>{{ event.type }}</code> {{ summaryOf(event) }}
          </li>
        }
      </ol>
    </aside>
  `,
})
export class EventPanel {
  protected readonly stats = injectStats();
  protected readonly sinks = computed(() => Object.entries(this.stats().sinks).map(([name, sink]) => ({ name, ...sink })));
  protected readonly latest = signal<readonly AnalyticsEvent[]>([]);
  protected readonly counts = signal<readonly (readonly [string, number])[]>([]);

  constructor() {
    const counts = new Map<string, number>();
    injectEvents().subscribe((event) => {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
      this.counts.set([...counts]);
      this.latest.update((events) => [event, ...events].slice(0, SHOWN));
    });
  }

  protected summaryOf({ data }: AnalyticsEvent): string {
    return data === undefined ? '' : JSON.stringify(data).slice(0, 90);
  }
}
