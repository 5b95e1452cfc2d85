import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { printable } from '../output/printable.js';
import { formatTime } from './format.js';
import type { Notice } from './notices.js';

/** The latest problems. */
export function NoticeList({ notices }: { readonly notices: readonly Notice[] }): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {notices.map(({ at, text }, index) => (
        <Text key={index} wrap="truncate">
          <Text dimColor>{`${formatTime(at)}  `}</Text>
          <Text color="yellow">{printable(text)}</Text>
        </Text>
      ))}
    </Box>
  );
}
