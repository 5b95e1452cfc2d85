import type { ConfigPatch } from 'rx-event-collector';
import type { Health } from './faulty-sink.js';
import { UsageError, type LiveOptions } from './options.js';
import { UPSTREAM } from './sinks.js';

/** Settings that can be changed during a run. Flags set their first values; keys change them. */
export interface Settings {
  /** By sink, in the order in which they are shown. */
  readonly healths: Readonly<Record<string, Health>>;
  /** The sink that the next change of health is for. */
  readonly selected: string;
  /** Share of the events that is kept, from 0 to 1. */
  readonly sample: number;
  /** `queue.maxEvents`: capacity of each lane. */
  readonly maxEvents: number;
  readonly isPaused: boolean;
}

export type Change =
  | { readonly type: 'select'; readonly by: 1 | -1 }
  /** Of the selected sink, unless another is named. */
  | { readonly type: 'health'; readonly health: Health; readonly sink?: string }
  | { readonly type: 'sample' | 'queue'; readonly by: 1 | -1 }
  | { readonly type: 'sample' | 'queue'; readonly to: number }
  | { readonly type: 'pause' };

export const SAMPLE_STEPS = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1];
export const QUEUE_STEPS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];

/** @throws UsageError for a fault of a sink that there isn't */
export function initialSettings(
  { faults, sample, queue, paused }: Pick<LiveOptions, 'faults' | 'sample' | 'queue' | 'paused'>,
  sinks: readonly string[],
): Settings {
  const unknown = Object.keys(faults).find((name) => !sinks.includes(name));
  if (unknown !== undefined) throw new UsageError(`Expected --fault to name one of ${sinks.join(', ')}, got '${unknown}'`);
  const healths = Object.fromEntries(sinks.map((name) => [name, faults[name] ?? 'ok']));
  return { healths, selected: UPSTREAM, sample, maxEvents: queue, isPaused: paused };
}

export function changed(settings: Settings, change: Change): Settings {
  switch (change.type) {
    case 'select': {
      const names = Object.keys(settings.healths);
      const index = (names.indexOf(settings.selected) + change.by + names.length) % names.length;
      return { ...settings, selected: names[index] ?? settings.selected };
    }
    case 'health':
      return { ...settings, healths: { ...settings.healths, [change.sink ?? settings.selected]: change.health } };
    case 'sample':
      return { ...settings, sample: stepped(SAMPLE_STEPS, settings.sample, change) };
    case 'queue':
      return { ...settings, maxEvents: stepped(QUEUE_STEPS, settings.maxEvents, change) };
    case 'pause':
      return { ...settings, isPaused: !settings.isPaused };
  }
}

/** What the collector is to know of it. */
export function configOf({ sample, maxEvents }: Settings): ConfigPatch {
  const sampling = { rate: sample };
  // Otherwise the category `performance` would have its own rate.
  return { sampling, categories: { performance: { sampling } }, queue: { maxEvents } };
}

type Step = { readonly by: 1 | -1 } | { readonly to: number };

/** A new value, or the next step above or below the old one, which need not be a step itself; at either end, the value as it is. */
function stepped(steps: readonly number[], value: number, change: Step): number {
  if ('to' in change) return change.to;
  return (change.by === 1 ? steps.find((each) => each > value) : steps.findLast((each) => each < value)) ?? value;
}
