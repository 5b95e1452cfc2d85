import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { formatCount } from './format.js';
import { packed } from './packed.js';
import type { Stage } from './pipeline-model.js';
import { DRAWING_COLUMNS, type ScreenModel } from './screen-model.js';

const SINKS_WIDTH = 24;
const MAX_STAGE_WIDTH = 18;

/** The path of the events: how many reached each stage, the losses before it, and the destinations of batches. */
export function Pipeline({ stages, delivered, columns }: Pick<ScreenModel, 'stages' | 'delivered' | 'columns'>): ReactNode {
  return columns >= DRAWING_COLUMNS ? (
    <Box flexShrink={0}>
      <Stages stages={stages} width={Math.min(MAX_STAGE_WIDTH, Math.floor((columns - SINKS_WIDTH) / stages.length))} />
      <Branches delivered={delivered} />
    </Box>
  ) : (
    <Told stages={stages} columns={columns} />
  );
}

/** Each in a separate column; below it, on a separate line, the losses before it. */
function Stages({ stages, width }: { readonly stages: readonly Stage[]; readonly width: number }): ReactNode {
  return (
    <Box flexDirection="column" width={stages.length * width} flexShrink={0}>
      <Text>{stages.map(({ name }) => `${name.padStart(width - 3)} → `).join('')}</Text>
      <Text bold>{stages.map(({ count }) => `${formatCount(count, width - 3).padStart(width - 3)}   `).join('')}</Text>
      {stages.map(({ name, losses }, index) =>
        losses.length === 0 ? null : (
          <Text key={name} wrap="truncate">
            <Text dimColor>{`${' '.repeat(index * width - 2)}╰ `}</Text>
            {losses.map(([count, what], nth) => (
              <Text key={what} {...(count > 0 ? { color: what === 'dropped' ? 'red' : 'yellow' } : { dimColor: true })}>
                {`${nth > 0 ? ', ' : ''}${formatCount(count)} ${what}`}
              </Text>
            ))}
          </Text>
        ),
      )}
    </Box>
  );
}

/** Every sink receives every batch. */
function Branches({ delivered }: Pick<ScreenModel, 'delivered'>): ReactNode {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {delivered.map(([name, count], index) => {
        const isLast = index === delivered.length - 1;
        const branch = index === 0 ? (isLast ? '─' : '┬') : isLast ? '└' : '├';
        return (
          <Text key={name}>
            {`${branch}→ ${name.slice(0, 10).padEnd(10)}`}
            <Text bold>{formatCount(count, 9).padStart(10)}</Text>
          </Text>
        );
      })}
    </Box>
  );
}

function Told({ stages, columns }: { readonly stages: readonly Stage[]; readonly columns: number }): ReactNode {
  const items = stages.map(({ name, count }, index) => `${index > 0 ? '→ ' : ''}${name} ${formatCount(count, 6)}`);
  return (
    <Box flexDirection="column" height={2} flexShrink={0} overflowY="hidden">
      {packed(items, ({ length }) => length, columns, 1).map((line) => (
        <Text key={line[0]} wrap="truncate">
          {line.join(' ')}
        </Text>
      ))}
    </Box>
  );
}
