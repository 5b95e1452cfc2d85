/**
 * Installs the packed tarball into tiny projects and runs them: `npm run test:matrix -- [NAME...]`, where NAME is one of them or the start of several. For each
 * runtime, test runner, bundler, framework and compiler that docs/compatibility.md names. Before a release; needs the registry.
 *
 * Prints a table. A project is skipped, with the reason, only if its tools can't be installed here.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { distFolder } from './dist.js';
import { ROOT } from './entries.js';
import { BUNDLERS } from './matrix/bundlers.js';
import { COMPILERS } from './matrix/compilers.js';
import { FRAMEWORKS } from './matrix/frameworks.js';
import type { Project } from './matrix/project.js';
import { RUNTIMES } from './matrix/runtimes.js';
import { TEST_RUNNERS } from './matrix/test-runners.js';

const TOO_LONG_MS = 600_000;
/** The registry doesn't have it, doesn't answer, or has nothing for this platform. Conflicts of peers are failures. */
const CANT_BE_INSTALLED = /\b(?:E404|ETARGET|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EBADPLATFORM)\b/;

interface Result {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  readonly note: string;
}

const asked = process.argv.slice(2);
const projects = [...RUNTIMES, ...TEST_RUNNERS, ...BUNDLERS, ...FRAMEWORKS, ...COMPILERS].filter(
  ({ name }) => asked.length === 0 || asked.some((start) => name.startsWith(start)),
);
if (projects.length === 0) throw new Error(`No project has a name like ${asked.join(', ')}`);
const folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-matrix-'));
const results: Result[] = [];
try {
  const tarball = packed(join(folder, 'package'));
  for (const project of projects) {
    const startedAt = performance.now();
    const outcome = run(project, tarball);
    const result = { name: project.name, ...outcome, seconds: Math.round((performance.now() - startedAt) / 1_000) };
    results.push(result);
    console.log(row(result));
    rmSync(join(folder, project.name), { recursive: true, force: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const count = (which: Result['result']): number => results.filter(({ result }) => result === which).length;
console.log(`\n${String(count('passed'))} passed, ${String(count('failed'))} failed, ${String(count('skipped'))} skipped`);
if (count('failed') > 0) process.exitCode = 1;

function row({ name, result, seconds, note }: Result): string {
  return `| ${name.padEnd(24)} | ${result.padEnd(7)} | ${String(seconds).padStart(4)} s | ${note} |`;
}

function packed(path: string): string {
  mkdirSync(path);
  for (const file of ['package.json', 'README.md', 'LICENSE']) cpSync(join(ROOT, file), join(path, file));
  cpSync(distFolder(), join(path, 'dist'), { recursive: true });
  execFileSync('npm', ['pack', '--ignore-scripts'], { cwd: path, stdio: 'pipe' });
  return join(path, readdirSync(path).find((file) => file.endsWith('.tgz')) ?? '');
}

function run({ name, installs, files, command, manifest, runsScripts = false }: Project, tarball: string): Pick<Result, 'result' | 'note'> {
  const project = join(folder, name);
  const manifestText = JSON.stringify({ private: true, ...manifest });
  for (const [file, text] of Object.entries({ ...files, 'package.json': manifestText })) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  const call = (program: string, args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: project, encoding: 'utf8', timeout: TOO_LONG_MS });
    return { isGood: status === 0, output: `${stdout}${stderr}` };
  };
  const scripts = `--ignore-scripts=${String(!runsScripts)}`;
  const installed = call('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', scripts, tarball, 'rxjs@7', ...installs]);
  if (!installed.isGood) {
    const code = CANT_BE_INSTALLED.exec(installed.output)?.[0];
    if (code !== undefined) return { result: 'skipped', note: `can't be installed: ${code}` };
    console.log(installed.output.replaceAll(/^/gm, '    '));
    return { result: 'failed', note: 'npm install' };
  }
  const [program, ...args] = command;
  const ofProject = join(project, 'node_modules/.bin', program);
  const { isGood, output } = call(existsSync(ofProject) ? ofProject : process.execPath, args);
  if (isGood) return { result: 'passed', note: installs.join(' ') };
  console.log(output.replaceAll(/^/gm, '    '));
  return { result: 'failed', note: command.join(' ') };
}
