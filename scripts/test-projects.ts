/**
 * Installs the packed tarball into tiny projects and runs them: `npm run test:projects -- [NAME...]`. Before a release; needs the registry.
 *
 * Each project is a row of `PROJECTS`: its packages, its files, and the command that has to succeed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distFolder } from './dist.js';
import { ROOT } from './entries.js';

interface Project {
  readonly name: string;
  readonly installs: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

const PROGRAM = `
const { EventCollector, MemorySink } = require('rx-event-collector');
const { eventCodec } = require('rx-event-collector/codecs');
test('collects', async () => {
  const sink = new MemorySink();
  const collector = new EventCollector({ sinks: [sink] });
  collector.collect({ type: 'a' });
  await collector.shutdown();
  expect(sink.events.map(({ type }) => type)).toEqual(['a']);
  expect(eventCodec().is(sink.events[0])).toBe(true);
});
`;

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

/** The settings that docs/compatibility.md tells users to copy. */
const jestSettings = (): string => {
  const [, settings] =
    /```json\n([^]*?transformIgnorePatterns[^]*?)```/.exec(readFileSync(join(ROOT, 'docs/compatibility.md'), 'utf8')) ?? [];
  if (settings === undefined) throw new Error('docs/compatibility.md has no settings for Jest');
  return settings;
};

const PROJECTS: readonly Project[] = [
  ...['29', '30'].map((version) => ({
    name: `jest-${version}`,
    installs: [`jest@${version}`, '@babel/preset-env'],
    files: {
      'a.test.js': PROGRAM,
      'jest.config.json': jestSettings(),
      'babel.config.json': '{ "presets": [["@babel/preset-env", { "targets": { "node": "current" } }]] }',
    },
    command: ['jest'],
  })),
  ...['5.4', '5.6', '5.9'].map((version) => typescript(version, 'commonjs', 'node10')),
  ...['5.4', '5.6', '5.9', '6', '7'].map((version) => typescript(version, 'esnext', 'bundler')),
  ...['5.8', '6', '7'].map((version) => typescript(version, 'nodenext', 'nodenext')),
  {
    name: 'webpack-5',
    installs: ['webpack@5', 'webpack-cli@6'],
    files: {
      'a.js': "const { openEventStore } = require('rx-event-collector/node'); console.log(openEventStore);",
      // A warning is a failure.
      'webpack.config.js': "module.exports = { mode: 'production', target: 'node', entry: './a.js', ignoreWarnings: [] };",
    },
    command: ['webpack', '--fail-on-warnings'],
  },
];

const asked = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-projects-'));
try {
  const tarball = packed(join(folder, 'package'));
  for (const project of PROJECTS.filter(({ name }) => asked.length === 0 || asked.includes(name))) run(project, tarball);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

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

function packed(path: string): string {
  mkdirSync(path);
  for (const file of ['package.json', 'README.md', 'LICENSE']) cpSync(join(ROOT, file), join(path, file));
  cpSync(distFolder(), join(path, 'dist'), { recursive: true });
  execFileSync('npm', ['pack', '--ignore-scripts'], { cwd: path, stdio: 'pipe' });
  return join(path, readdirSync(path).find((file) => file.endsWith('.tgz')) ?? '');
}

function run({ name, installs, files, command }: Project, tarball: string): void {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball, 'rxjs@7', ...installs], {
    cwd: project,
    stdio: 'pipe',
  });
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', ...command], { cwd: project, encoding: 'utf8' });
  console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
  if (status === 0) return;
  console.log(`${stdout}${stderr}`.replaceAll(/^/gm, '    '));
  process.exitCode = 1;
}
