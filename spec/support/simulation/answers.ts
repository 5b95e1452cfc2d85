import { SinkError } from '../../../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../../../lib/event/event.js';
import type { Dice } from './dice.js';

/** A sink's answer to one attempt. */
export type Verdict =
  | { readonly type: 'success' }
  | {
      readonly type: 'failure';
      readonly error: unknown;
      /** The events that it has stored nevertheless. */ readonly kept: readonly AnalyticsEvent[];
    }
  | { readonly type: 'silence' };

const VERDICTS = [
  'success',
  'write_failed',
  'thrown',
  'unavailable',
  'throttled',
  'rejected',
  'too_large',
  'partial',
  'partial_rejected',
  'names_refused',
  'all_but_none',
  'unbelievable',
  'final',
  'silence',
] as const;

export type VerdictKind = (typeof VERDICTS)[number];

/** Probabilities of a sink's verdicts. */
export type Temper = Readonly<Partial<Record<VerdictKind, number>>>;

export const TEMPERS = {
  perfect: { success: 1 },
  flaky: { success: 6, write_failed: 1, thrown: 1, unavailable: 1, throttled: 1, partial: 1, silence: 0.5 },
  dead: { unavailable: 3, thrown: 1, silence: 1 },
  hanging: { silence: 1 },
  picky: {
    success: 4,
    rejected: 1,
    too_large: 3,
    partial: 3,
    partial_rejected: 2,
    names_refused: 2,
    all_but_none: 1,
    unbelievable: 0.5,
    final: 1,
  },
  throttled: { success: 2, throttled: 3 },
  mad: Object.fromEntries(VERDICTS.map((kind) => [kind, 1])),
} as const satisfies Readonly<Record<string, Temper>>;

export type TemperName = keyof typeof TEMPERS;

const STRANGE_ERRORS: readonly (() => unknown)[] = [
  () => new Error('broken'),
  () => 'a string',
  () => undefined,
  () => null,
  () => new SinkError('timeout', 'says so itself'),
  () => new SinkError('flush_failed', 'not the right word'),
];

export function drawVerdict(dice: Dice, temper: Temper, { events }: EventBatch): Verdict & { readonly kind: VerdictKind } {
  const kind = dice.weighted(temper);
  const failure = (error: unknown, kept: readonly AnalyticsEvent[] = []) => ({ kind, type: 'failure', error, kept }) as const;
  switch (kind) {
    case 'success':
      return { kind, type: 'success' };
    case 'silence':
      return { kind, type: 'silence' };
    case 'thrown':
      return failure(dice.pick(STRANGE_ERRORS)());
    case 'throttled':
      return failure(new SinkError('unavailable', '429', { retryAfterMs: dice.pick([0, 5, 40, 200, 400_000]) }));
    case 'final':
      return failure(new SinkError('write_failed', 'for good', { retryable: false }));
    case 'partial':
    case 'partial_rejected': {
      const failed = dice.some(events, 0.5);
      if (failed.length === 0) failed.push(dice.pick(events));
      const named = dice.chance(0.7) ? failed : failed.map(({ id }) => ({ id }) as AnalyticsEvent);
      const options = { failed: dice.chance(0.9) ? named : [...named, ...named] };
      return failure(
        new SinkError(kind === 'partial' ? dice.pick(['write_failed', 'unavailable', 'too_large']) : 'rejected', 'in part', options),
        events.filter((event) => !failed.includes(event)),
      );
    }
    case 'names_refused': {
      const refused = dice.some(events, 0.3);
      if (refused.length === 0) refused.push(dice.pick(events));
      const rejected = dice.chance(0.7) ? refused : refused.map(({ id }) => ({ id }) as AnalyticsEvent);
      return failure(new SinkError(dice.pick(['rejected', 'write_failed', 'unavailable']), 'names', { rejected }));
    }
    case 'all_but_none':
      return failure(new SinkError('write_failed', 'none of them, after all', { failed: [] }), events);
    case 'unbelievable':
      return failure(new SinkError('write_failed', 'strangers', { failed: [{ id: 'stranger' }] }));
    default:
      return failure(new SinkError(kind, kind));
  }
}

/** The form of an answer. */
export type Medium = 'nothing' | 'list' | 'at once' | 'observable' | 'stubborn observable' | 'thenable';

export function drawMedium(dice: Dice, isPrompt: boolean): Medium {
  return isPrompt
    ? dice.pick(['nothing', 'list', 'at once'])
    : dice.weighted({ nothing: 2, list: 1, 'at once': 2, observable: 4, 'stubborn observable': 1, thenable: 2 });
}
