import { Box, Text } from 'ink';
import { Fragment, type ReactNode } from 'react';
import { printable } from '../output/printable.js';
import { formatBytes, formatCount, formatTime } from './format.js';
import type { RecentEvent } from './recent-events.js';

const CATEGORY_COLUMNS = 64;
const PRIORITY_TONES: Readonly<Record<string, { readonly color?: string }>> = { high: { color: 'yellow' }, critical: { color: 'red' } };

const PAYLOAD_LINES = 4;

/** The latest events, the newest first: type, category, priority, size, and the weight if it is not 1. With a cursor, the first has its data below. */
export function Recent({
  events,
  hasCursor,
  lines,
  columns,
}: {
  readonly events: readonly RecentEvent[];
  readonly hasCursor: boolean;
  readonly lines: number;
  readonly columns: number;
}): ReactNode {
  return (
    <Box flexDirection="column" height={lines} flexShrink={0} overflowY="hidden">
      {events.length === 0 ? <Text dimColor>no events yet</Text> : null}
      {events.map((event, index) => (
        <Fragment key={index}>
          <Line event={event} isWide={columns >= CATEGORY_COLUMNS} />
          {hasCursor && index === 0 ? <Payload text={event.payload} columns={columns} /> : null}
        </Fragment>
      ))}
    </Box>
  );
}

function Payload({ text, columns }: { readonly text: string; readonly columns: number }): ReactNode {
  return (
    <Box paddingLeft={2} flexShrink={0}>
      <Text color="cyan" wrap="wrap">
        {printable(text, PAYLOAD_LINES * Math.max(1, columns - 2))}
      </Text>
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
