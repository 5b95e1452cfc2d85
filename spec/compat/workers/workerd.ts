import { build, type Plugin } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ROOT } from '../../../scripts/entries.js';

const FOLDER = import.meta.dirname;
const RUN = join(FOLDER, '.run');

/** A Worker that runs in `workerd`, the runtime of Cloudflare Workers. */
export interface RunningWorker {
  readonly url: string;
  /** What the Worker and the runtime have logged. */
  log(): string;
  stop(): void;
}

/** Runs a Worker: the code of its main module, and its variables. Fails if the module can't be started. */
export async function runWorker(name: string, code: string, variables: Readonly<Record<string, string>>): Promise<RunningWorker> {
  mkdirSync(RUN, { recursive: true });
  await build({
    stdin: { contents: code, resolveDir: FOLDER, sourcefile: `${name}.js` },
    outfile: join(RUN, `${name}.js`),
    bundle: true,
    format: 'esm',
    target: 'es2022',
    // As Cloudflare's own tool bundles.
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    plugins: [thisPackage],
    logLevel: 'error',
  });
  writeFileSync(join(RUN, `${name}.capnp`), configuration(name, variables));
  // The path of the program: the package's own command does not pass the control channel on.
  const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string };
  const args = ['serve', join(RUN, `${name}.capnp`), '--socket-addr=http=127.0.0.1:0', '--control-fd=3'];
  const child = spawn(workerd, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  let log = '';
  for (const each of [child.stdout, child.stderr]) each?.on('data', (chunk) => (log += String(chunk)));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`workerd ended: ${log}`)));
  const port = await Promise.race([portOf(child), ended]);
  ended.catch(() => undefined);
  return { url: `http://127.0.0.1:${String(port)}/`, log: () => log, stop: () => void child.kill('SIGKILL') };
}

async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
    const { event, port } = JSON.parse(line) as { event?: string; port?: number };
    if (event === 'listen' && port !== undefined) return port;
  }
  return new Promise(() => undefined);
}

/** Resolves the package's entries to the sources. */
const thisPackage: Plugin = {
  name: 'this-package',
  setup(bundling) {
    bundling.onResolve({ filter: /^rx-event-collector(\/|$)/ }, ({ path }) => ({
      path: join(ROOT, path.replace('rx-event-collector', 'lib'), 'index.ts'),
      sideEffects: false,
    }));
  },
};

const configuration = (name: string, variables: Readonly<Record<string, string>>): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = "2025-10-01",
      modules = [(name = "worker", esModule = embed "${name}.js")],
      bindings = [${Object.entries(variables)
        .map(([key, value]) => `(name = ${JSON.stringify(key)}, text = ${JSON.stringify(value)})`)
        .join(', ')}],
    )),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", service = "main")],
);
`;
