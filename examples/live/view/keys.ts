import type { Key } from 'ink';
import type { Change, Settings } from '../settings.js';
import { formatCount, formatShare } from './format.js';

export type Action = Change | { readonly type: 'quit' | 'legend' } | { readonly type: 'cursor'; readonly by: 1 | -1 };

const ACTIONS: Readonly<Record<string, Action>> = {
  k: { type: 'select', by: -1 },
  j: { type: 'select', by: 1 },
  o: { type: 'health', health: 'ok' },
  s: { type: 'health', health: 'slow' },
  f: { type: 'health', health: 'failing' },
  h: { type: 'health', health: 'hanging' },
  '<': { type: 'sample', by: -1 },
  '>': { type: 'sample', by: 1 },
  ',': { type: 'sample', by: -1 },
  '.': { type: 'sample', by: 1 },
  '-': { type: 'queue', by: -1 },
  '+': { type: 'queue', by: 1 },
  '=': { type: 'queue', by: 1 },
  ' ': { type: 'pause' },
  p: { type: 'pause' },
  ']': { type: 'cursor', by: 1 },
  '[': { type: 'cursor', by: -1 },
  '?': { type: 'legend' },
  q: { type: 'quit' },
};

/** The actions of keys. Keys that are pressed fast, or pasted, arrive as one text. */
export function actionsOf(input: string, key: Pick<Key, 'ctrl' | 'upArrow' | 'downArrow'>): readonly Action[] {
  if (key.upArrow) return [{ type: 'select', by: -1 }];
  if (key.downArrow) return [{ type: 'select', by: 1 }];
  // A terminal that hands over every key hands over this one, too.
  if (key.ctrl) return input === 'c' ? [{ type: 'quit' }] : [];
  return [...input].map((character) => ACTIONS[character]).filter((action) => action !== undefined);
}

/** A key and its action, as shown. */
export interface KeyHint {
  readonly key: string;
  readonly text: string;
}

export function keyHints({ sample, maxEvents, isPaused }: Settings, isClosing: boolean): readonly KeyHint[] {
  // Pending events can still be delivered.
  if (isClosing)
    return [
      { key: 'q', text: 'leave without what is pending' },
      { key: '↑↓', text: 'sink' },
      { key: 'o', text: 'ok' },
    ];
  return [
    { key: 'q', text: 'quit' },
    { key: 'space', text: isPaused ? 'go on' : 'pause' },
    { key: '↑↓', text: 'sink' },
    { key: 'o', text: 'ok' },
    { key: 's', text: 'slow' },
    { key: 'f', text: 'failing' },
    { key: 'h', text: 'hanging' },
    { key: '< >', text: `sample ${formatShare(sample)}` },
    { key: '- +', text: `queue ${formatCount(maxEvents)}` },
    { key: '[ ]', text: 'event' },
    { key: '?', text: 'legend' },
  ];
}

/** What the signs of the screen mean; at most 80 columns wide. */
export const LEGEND: readonly string[] = [
  '▂▅█  events received per second, in the last minute',
  '██░░ queue: share of its limit that waits in a sink’s lane',
  '▸    the sink that o, s, f, h change: well, slow, failing, hanging',
  '╰    events that got no further, and why',
  '✓ ✗  whether both sides of an equation are equal: no event is unaccounted for',
  '[ ]  an older, a newer event with its data; the list waits meanwhile',
];
