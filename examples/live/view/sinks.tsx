import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { SinkTable } from './sink-model.js';
import { TONES } from './tones.js';

/** One line a sink. */
export function Sinks({ heads, rows }: SinkTable): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      <Text dimColor>{`  ${heads.join('')}`}</Text>
      {rows.map(({ isSelected, cells }, row) => (
        <Text key={row}>
          {isSelected ? '▸ ' : '  '}
          {cells.map(({ text, tone }, column) => (
            <Text key={column} {...TONES[tone]}>
              {text}
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  );
}
