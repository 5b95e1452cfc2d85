import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../entries.js';
import type { Project } from './project.js';

const COLLECTS = `
  const sink = new MemorySink();
  const collector = new EventCollector({ sinks: [sink] });
  collector.collect({ type: 'a' });
  await collector.shutdown();
`;

const JEST = `
const { EventCollector, MemorySink } = require('rx-event-collector');
const { eventCodec } = require('rx-event-collector/codecs');
test('collects', async () => {${COLLECTS}
  expect(sink.events.map(({ type }) => type)).toEqual(['a']);
  expect(eventCodec().is(sink.events[0])).toBe(true);
});
`;

const VITEST = `
import { EventCollector, MemorySink } from 'rx-event-collector';
import { marbles } from 'rx-event-collector/testing';
import { expect, test } from 'vitest';
test('collects', async () => {${COLLECTS}
  expect(sink.events.map(({ type }) => type)).toEqual(['a']);
  expect(typeof marbles).toBe('function');
});
`;

const NODE_TEST = `
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventCollector, MemorySink } from 'rx-event-collector';
test('collects', async () => {${COLLECTS}
  assert.deepEqual(sink.events.map(({ type }) => type), ['a']);
});
`;

/** The settings that docs/compatibility.md tells users to copy. */
function jestSettings(): string {
  const page = readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8');
  const settings = /```json\n([^]*?transformIgnorePatterns[^]*?)```/.exec(page)?.[1];
  if (settings === undefined) throw new Error('docs/compatibility.md has no settings for Jest');
  return settings;
}

export const TEST_RUNNERS: readonly Project[] = [
  ...['29', '30'].map((version) => ({
    name: `jest-${version}`,
    installs: [`jest@${version}`, '@babel/preset-env'],
    files: {
      'a.test.js': JEST,
      'jest.config.json': jestSettings(),
      'babel.config.json': '{ "presets": [["@babel/preset-env", { "targets": { "node": "current" } }]] }',
    },
    command: ['jest'] as const,
  })),
  ...['3', '4'].map((version) => ({
    name: `vitest-${version}`,
    installs: [`vitest@${version}`],
    files: { 'a.test.js': VITEST },
    command: ['vitest', 'run'] as const,
  })),
  { name: 'node-test', installs: [], files: { 'a.test.mjs': NODE_TEST }, command: ['node', '--test'] },
];
