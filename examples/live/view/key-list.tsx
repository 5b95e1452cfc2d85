import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { KeyHint } from './keys.js';

/** What keys do. */
export function KeyList({ lines }: { readonly lines: readonly (readonly KeyHint[])[] }): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map((hints, row) => (
        <Text key={row} wrap="truncate">
          {hints.map(({ key, text }, index) => (
            <Text key={key}>
              {index > 0 ? '  ' : ''}
              <Text bold>{key}</Text>
              <Text dimColor>{` ${text}`}</Text>
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  );
}
