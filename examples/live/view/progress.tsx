import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { bar } from './bar.js';
import { formatDuration } from './format.js';
import type { Estimate } from './progress-model.js';

const BAR_WIDTH = 60;
const TEXT_WIDTH = 19;

/** How much of the input has been read, and how long the rest may take. */
export function Progress({ share, remainingMs, columns }: Estimate & { readonly columns: number }): ReactNode {
  const left = share < 1 && remainingMs !== undefined ? ` ~${formatDuration(remainingMs + 999)} left` : '';
  return (
    <Box height={1} flexShrink={0} gap={1}>
      <Text>{bar(share, Math.min(BAR_WIDTH, columns - TEXT_WIDTH))}</Text>
      <Text wrap="truncate">{`${String(Math.floor(share * 100))} %${left}`}</Text>
    </Box>
  );
}
