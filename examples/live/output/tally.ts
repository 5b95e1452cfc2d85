import type { AnalyticsEvent } from 'rx-event-collector';
import { printable } from './printable.js';

/** Input may bring any number of types; memory holds so many. */
const MAX_TYPES = 1_000;
const MAX_LISTED = 10;

/** Counts events by type, and the offered events that they represent. */
export class Tally {
  readonly #counts = new Map<string, number>();
  #events = 0;
  #weight = 0;

  add({ type, weight }: AnalyticsEvent): void {
    const known = this.#counts.has(type) || this.#counts.size < MAX_TYPES ? type : 'others';
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1);
    this.#events += 1;
    this.#weight += weight;
  }

  /** By type. */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  lines(): string[] {
    const ranked = [...this.#counts].sort(([, a], [, b]) => b - a);
    const lines = ranked.slice(0, MAX_LISTED).map(([type, count]) => `  ${String(count).padStart(8)}  ${printable(type)}`);
    if (ranked.length > MAX_LISTED) lines.push(`            and ${String(ranked.length - MAX_LISTED)} more types`);
    if (this.#weight !== this.#events)
      lines.push(`  ${String(this.#events)} sampled events represent about ${String(Math.round(this.#weight))}`);
    return lines;
  }
}
