import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { LedgerLine } from './ledger-model.js';
import { TONES } from './tones.js';

/** The equations that hold at every instant. */
export function Ledger({ lines }: { readonly lines: readonly LedgerLine[] }): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {lines.map(({ mark, text, holds }, index) => (
        <Text key={index} wrap="truncate" {...(holds ? {} : TONES.bad)}>
          <Text {...(holds ? TONES.good : {})}>{mark}</Text>
          {text}
        </Text>
      ))}
    </Box>
  );
}
