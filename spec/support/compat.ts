import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'spec/compat/process');
const TOO_LONG_MS = 60_000;

/** Whether the packages are installed: `npm run test:compat` installs them. */
export const hasCompatPackages = existsSync(join(FOLDER, 'node_modules'));

export interface CompatRun {
  readonly order: 'before' | 'after' | 'without';
  readonly packages?: readonly string[];
  /** How the process ends. @default 'signal' */
  readonly how?: string;
  /** Sent one after the other, as soon as the process is ready. @default none */
  readonly signals?: readonly NodeJS.Signals[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the process is process 1 of a namespace, as in a container. */
  readonly isProcess1?: boolean;
}

export interface CompatResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly delivered: readonly string[];
}

let library: Promise<{ readonly path: string; readonly folder: string }> | undefined;

/** Plain JavaScript: a loader for TypeScript would change what a crash prints. */
async function bundled(): Promise<{ readonly path: string; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'compat-'));
  const path = join(folder, 'library.mjs');
  await build({
    stdin: {
      contents: "export { EventCollector } from './lib/index.js'; export { withProcessLifecycle } from './lib/node/process-lifecycle.js';",
      resolveDir: ROOT,
    },
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { path, folder };
}

let runs = 0;

/** Runs `spec/compat/process/program.mjs` and reports how it ended. */
export async function runCompat({
  order,
  packages = [],
  how = 'signal',
  signals = [],
  env,
  isProcess1 = false,
}: CompatRun): Promise<CompatResult> {
  const { path, folder } = await (library ??= bundled());
  const delivered = join(folder, `delivered.${String((runs += 1))}`);
  const command = [process.execPath, join(FOLDER, 'program.mjs'), order, how, ...packages];
  if (isProcess1) command.unshift('unshare', '--pid', '--fork', '--mount-proc');
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...env, LIBRARY: path, DELIVERED: delivered },
    timeout: TOO_LONG_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const ready = new Promise<void>((resolve) => {
    const watcher = watch(folder, (_event, name) => {
      if (name !== `delivered.${String(runs)}.ready`) return;
      watcher.close();
      resolve();
    });
    void closed.then(() => watcher.close());
  });
  if (signals.length > 0) {
    await Promise.race([ready, closed]);
    const pid = isProcess1 ? Number(readFileSync(`/proc/${String(child.pid)}/task/${String(child.pid)}/children`, 'utf8')) : child.pid;
    for (const signal of signals) if (pid !== undefined && child.exitCode === null) process.kill(pid, signal);
  }
  const [code, signal] = await closed;
  return { code, signal, stdout, stderr, delivered: existsSync(delivered) ? readFileSync(delivered, 'utf8').trim().split('\n') : [] };
}
