import type { AnalyticsEvent } from 'rx-event-collector';

/** An event in a line. */
export interface RecentEvent {
  readonly timestamp: number;
  readonly type: string;
  readonly category: string;
  readonly priority: string;
  /** Its data as JSON; `undefined` without data. */
  readonly bytes: number | undefined;
  /** Its data as JSON, or the beginning of it; or the reason why it can't be shown. */
  readonly payload: string;
  readonly weight: number;
}

/** Keeps the last few events. Adding one costs next to nothing; its size is measured when it is shown. */
export class RecentEvents {
  readonly #capacity: number;
  readonly #ring: AnalyticsEvent[] = [];
  readonly #shown = new WeakMap<AnalyticsEvent, RecentEvent>();
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(event: AnalyticsEvent): void {
    this.#ring[this.#count % this.#capacity] = event;
    this.#count += 1;
  }

  /** The latest, the newest first. */
  latest(count: number): readonly RecentEvent[] {
    const length = Math.min(count, this.#ring.length);
    return Array.from({ length }, (_, back) => this.#ring[(this.#count - 1 - back) % this.#capacity])
      .filter((event) => event !== undefined)
      .map((event) => this.#asShown(event));
  }

  #asShown(event: AnalyticsEvent): RecentEvent {
    const { timestamp, type, category, priority, weight } = event;
    const shown = this.#shown.get(event) ?? { timestamp, type, category, priority, weight, ...dataOf(event.data) };
    this.#shown.set(event, shown);
    return shown;
  }
}

const MAX_PAYLOAD = 2_000;

function dataOf(data: unknown): Pick<RecentEvent, 'bytes' | 'payload'> {
  try {
    const json = JSON.stringify(data) as string | undefined;
    if (json === undefined) return { bytes: undefined, payload: 'no data' };
    return { bytes: Buffer.byteLength(json), payload: json.slice(0, MAX_PAYLOAD) };
  } catch {
    return { bytes: undefined, payload: 'data without a JSON form' };
  }
}
