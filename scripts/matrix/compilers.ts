import type { Project } from './project.js';

const TYPED = `
import { EventCollector, live } from 'rx-event-collector';
import { decodeConfig } from 'rx-event-collector/codecs';
import { nodeListener } from 'rx-event-collector/ingest';
import { openEventStore } from 'rx-event-collector/node';
const events = live(new EventCollector().events$);
type IsAny<T> = 0 extends 1 & T ? true : false;
export const isAny: IsAny<typeof events> = false;
export const all = [decodeConfig, nodeListener, openEventStore];
`;

function typescript(version: string, module: string, moduleResolution: string): Project {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: ['node'],
    module,
    moduleResolution,
  };
  return {
    name: `typescript-${version}-${moduleResolution}`,
    installs: [`typescript@${version}`, '@types/node@20'],
    files: { 'a.ts': TYPED, 'tsconfig.json': JSON.stringify({ compilerOptions, files: ['a.ts'] }) },
    command: ['tsc', '-p', '.'],
  };
}

export const COMPILERS: readonly Project[] = [
  ...['5.4', '5.6', '5.9'].map((version) => typescript(version, 'commonjs', 'node10')),
  ...['5.4', '5.6', '5.9', '6', '7'].map((version) => typescript(version, 'esnext', 'bundler')),
  ...['5.8', '6', '7'].map((version) => typescript(version, 'nodenext', 'nodenext')),
];
