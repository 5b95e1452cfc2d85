import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { LedgerLine } from './ledger-model.js';

/** The equations that hold at every instant. */
export function Ledger({ lines }: { readonly lines: readonly LedgerLine[] }): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map(({ text, holds }, index) => (
        <Text key={index} wrap="truncate" color={holds ? 'green' : 'red'}>
          {text}
        </Text>
      ))}
    </Box>
  );
}
