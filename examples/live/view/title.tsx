import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

/** Source and destination of the events; on the right, the elapsed time. */
export function Title({ title, state }: { readonly title: string; readonly state: string }): ReactNode {
  return (
    <Box height={1} flexShrink={0} justifyContent="space-between" gap={2}>
      <Text bold wrap="truncate-middle">
        {title}
      </Text>
      <Box flexShrink={0}>
        <Text bold>{state}</Text>
      </Box>
    </Box>
  );
}
