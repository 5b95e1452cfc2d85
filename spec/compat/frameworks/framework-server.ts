import { transform } from 'esbuild';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDER = import.meta.dirname;

/** For files that import the packages of this folder: one folder for each process of specs, which removes it. */
export const RUN = join(FOLDER, '.run', String(process.pid));

/** A program that listens on a port, in a process of its own. */
export interface FrameworkServer {
  readonly process: ChildProcess;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Everything that it has written to stderr. */
  errors(): string;
}

/** Runs JavaScript with the packages of this folder, and resolves when it listens. Rejects if the program ends before that. */
export async function startServer(name: string, code: string, variables: Readonly<Record<string, string>> = {}): Promise<FrameworkServer> {
  const file = join(RUN, `${name}.mjs`);
  write(file, code);
  const env = { ...process.env, PORT: '0', NEXT_TELEMETRY_DISABLED: '1', ...variables };
  const execArgv = ['--import', join(FOLDER, 'listening.mjs')];
  const server = fork(file, { execArgv, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let errors = '';
  server.stderr?.on('data', (chunk) => (errors += String(chunk)));
  const ended = once(server, 'exit').then(() => Promise.reject(new Error(`The server ended: ${errors}`)));
  const [port] = (await Promise.race([once(server, 'message'), ended])) as [number];
  ended.catch(() => undefined);
  return { process: server, origin: `http://127.0.0.1:${String(port)}`, errors: () => errors };
}

/** TypeScript, also with decorators, as JavaScript. */
export async function compiled(typescript: string): Promise<string> {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
  return (await transform(typescript, { loader: 'ts', format: 'esm', tsconfigRaw })).code;
}

export function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
