import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount } from './format.js';
import { sparkline } from './sparkline.js';

const SECONDS = 60;
const TEXT_WIDTH = 19;

/** Events per second, and how it was in the last minute. */
export function Rate({ rates, columns }: { readonly rates: readonly number[]; readonly columns: number }): ReactNode {
  const peak = formatCount(Math.max(0, ...rates), 6);
  return (
    <Box height={1} flexShrink={0} gap={1}>
      <Text color="cyan">{sparkline(rates, Math.min(SECONDS, columns - TEXT_WIDTH))}</Text>
      <Text wrap="truncate">
        <Text bold>{rates.length === 0 ? '–' : formatCount(rates.at(-1) ?? 0, 6)}/s</Text>
        <Text dimColor>{` peak ${peak}`}</Text>
      </Text>
    </Box>
  );
}
