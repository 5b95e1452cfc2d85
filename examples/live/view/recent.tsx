import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { printable } from '../output/printable.js';
import { formatBytes, formatCount, formatTime } from './format.js';
import type { RecentEvent } from './recent-events.js';

const CATEGORY_COLUMNS = 64;
const PRIORITY_TONES: Readonly<Record<string, { readonly color?: string }>> = { high: { color: 'yellow' }, critical: { color: 'red' } };

/** The latest events, the newest first: type, category, priority, size, and the weight if it is not 1. */
export function Recent({
  events,
  lines,
  columns,
}: {
  readonly events: readonly RecentEvent[];
  readonly lines: number;
  readonly columns: number;
}): ReactNode {
  return (
    <Box flexDirection="column" height={lines} flexShrink={0} overflowY="hidden">
      {events.length === 0 ? <Text dimColor>no events yet</Text> : null}
      {events.map((event, index) => (
        <Line key={index} event={event} isWide={columns >= CATEGORY_COLUMNS} />
      ))}
    </Box>
  );
}

function Line({ event, isWide }: { readonly event: RecentEvent; readonly isWide: boolean }): ReactNode {
  const { timestamp, type, category, priority, bytes, weight } = event;
  return (
    <Box height={1} gap={1}>
      <Box width={8} flexShrink={0}>
        <Text dimColor>{formatTime(timestamp)}</Text>
      </Box>
      <Box width={isWide ? 30 : 18}>
        <Text wrap="truncate">{printable(type)}</Text>
      </Box>
      {isWide ? (
        <>
          <Box width={11} flexShrink={0}>
            <Text>{category}</Text>
          </Box>
          <Box width={8} flexShrink={0}>
            <Text {...PRIORITY_TONES[priority]}>{priority}</Text>
          </Box>
        </>
      ) : null}
      <Box width={8} flexShrink={0} justifyContent="flex-end">
        <Text>{bytes === undefined ? '–' : formatBytes(bytes)}</Text>
      </Box>
      {weight === 1 ? null : <Text dimColor wrap="truncate">{`stands for ${formatCount(weight)}`}</Text>}
    </Box>
  );
}
