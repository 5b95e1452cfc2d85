import type { TextProps } from 'ink';
import type { Tone } from './sink-model.js';

/** How each tone looks. Where there are to be no colours, what they say is said by the text as well. */
export const TONES: Readonly<Record<Tone, TextProps>> = {
  good: { color: 'green' },
  warning: { color: 'yellow' },
  bad: { color: 'red' },
  faint: { dimColor: true },
  plain: {},
};
