import type { DevtoolsSnapshot } from '../protocol.js';

/** The values of a snapshot that the curves use. */
interface Point {
  readonly at: number;
  readonly received: number;
  readonly delivered: number;
  readonly lost: number;
  readonly open: number;
  readonly pending: number;
}

/** The curves: seconds since the epoch, then one list per curve. */
export type Curves = [seconds: number[], ...curves: (number | null)[][]];

/** The last minute. */
const KEPT_MS = 60_000;

/** Rates are averages over this time, so that batches don't look like pulses. */
const WINDOW_MS = 1_000;

/** The values of a collector during the last minute. */
export class History {
  #points: Point[] = [];

  add({ at, stats }: DevtoolsSnapshot): void {
    const lanes = Object.values(stats.sinks);
    const sum = (of: (lane: (typeof lanes)[number]) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
    // The source shows another collector, or the clock was set back: start again.
    if ((this.#points.at(-1)?.at ?? 0) > at || (this.#points.at(-1)?.received ?? 0) > stats.eventsReceived) this.#points = [];
    this.#points = this.#points.filter((point) => point.at > at - KEPT_MS);
    this.#points.push({
      at,
      received: stats.eventsReceived,
      delivered: sum(({ delivered }) => delivered),
      lost: stats.eventsDropped + stats.eventsInvalid + stats.eventsClosed + sum(({ failed, dropped }) => failed + dropped),
      open: stats.eventsBuffered,
      pending: sum(({ pending }) => pending),
    });
  }

  /** Events per second: received, delivered (sum of all sinks), lost. */
  rates(): Curves {
    const points = this.#points;
    let start = 0;
    const deltas = points.map((point, index) => {
      while (start < index && (points[start + 1]?.at ?? Infinity) <= point.at - WINDOW_MS) start += 1;
      const from = points[start];
      const seconds = from === undefined ? 0 : (point.at - from.at) / 1_000;
      return (key: 'received' | 'delivered' | 'lost') => (seconds === 0 || from === undefined ? null : (point[key] - from[key]) / seconds);
    });
    return [this.#seconds(), ...(['received', 'delivered', 'lost'] as const).map((key) => deltas.map((delta) => delta(key)))];
  }

  /** Events in the open batch, and in all lanes. */
  queues(): Curves {
    return [this.#seconds(), this.#points.map(({ open }) => open), this.#points.map(({ pending }) => pending)];
  }

  #seconds(): number[] {
    return this.#points.map(({ at }) => at / 1_000);
  }
}
