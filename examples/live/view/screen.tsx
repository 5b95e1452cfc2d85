import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import { KeyList } from './key-list.js';
import { Ledger } from './ledger.js';
import { NoticeList } from './notice-list.js';
import { Pipeline } from './pipeline.js';
import { Progress } from './progress.js';
import { Rate } from './rate.js';
import { Recent } from './recent.js';
import type { ScreenModel } from './screen-model.js';
import { Sinks } from './sinks.js';
import { Title } from './title.js';

/** The whole of it: a picture of the model, and nothing else. */
export function Screen({ model }: { readonly model: ScreenModel }): ReactNode {
  const { columns, height, estimate } = model;
  const { lines, isAiry } = model.layout;
  const gap = isAiry ? <Box height={1} flexShrink={0} /> : null;
  return (
    <Box flexDirection="column" width={columns} height={height} overflowY="hidden">
      {lines.title > 0 ? <Title title={model.title} state={model.state} /> : null}
      {gap}
      {lines.rate > 0 ? <Rate rates={model.rates} columns={columns} /> : null}
      {lines.progress > 0 && estimate !== undefined ? <Progress {...estimate} columns={columns} /> : null}
      {gap}
      {lines.pipeline > 0 ? <Pipeline {...model} /> : null}
      {gap}
      {lines.sinks > 0 ? <Sinks {...model.sinks} /> : null}
      {gap}
      {lines.notices > 0 ? <NoticeList notices={model.notices} /> : null}
      {lines.recent > 0 ? <Below model={model} lines={lines.recent} /> : null}
      {gap}
      <Ledger lines={model.ledger} />
      {lines.keys > 0 ? <KeyList lines={model.keys} /> : null}
    </Box>
  );
}

/** The latest events, or the legend. */
function Below({ model, lines }: { readonly model: ScreenModel; readonly lines: number }): ReactNode {
  const { recent, hasCursor, columns, legend } = model;
  if (legend.length === 0) return <Recent events={recent} hasCursor={hasCursor} lines={lines} columns={columns} />;
  return (
    <Box flexDirection="column" height={lines} flexShrink={0} overflowY="hidden">
      {legend.map((text) => (
        <Box key={text} height={1} flexShrink={0}>
          <Text wrap="truncate">{text}</Text>
        </Box>
      ))}
    </Box>
  );
}
