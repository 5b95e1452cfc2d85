import type { TextProps } from 'ink';
import type { Tone } from './sink-model.js';

/** The style of each tone. The text has the same information, for output without colours. */
export const TONES: Readonly<Record<Tone, TextProps>> = {
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red' },
  faint: { dimColor: true },
  plain: {},
};
