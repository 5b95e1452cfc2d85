import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { build } from 'esbuild';
import type { NatsServer } from './nats-server.js';
import { until } from './until.js';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = ['nats-producer', 'nats-worker'] as const;
const EVENTS = 400;
const FAULTS = ['kill server', 'pause server', 'kill producer', 'kill worker'] as const;

/** The state after one run. */
export interface ChaosRun {
  readonly faults: readonly string[];
  readonly offered: readonly string[];
  /** The ids in the stream, in its order. */
  readonly inStream: readonly string[];
  /** The ids that the worker has stored, in order. */
  readonly stored: readonly string[];
  /** Messages that are not delivered or not acknowledged yet. */
  readonly unacknowledged: number;
}

/**
 * Sends events from a process over a stream to another process, while the server and both are killed and paused at random moments.
 *
 * A killed producer is started again with the events that the stream has not acknowledged to it; a killed worker with the same file.
 */
export class NatsChaos {
  readonly #server: NatsServer;
  readonly #manager: JetStreamManager;
  #runs = 0;

  static async start(server: NatsServer): Promise<NatsChaos> {
    // Plain JavaScript: compiling it at each start would take longest.
    await build({
      entryPoints: PROGRAMS.map((name) => join(ROOT, `spec/support/programs/${name}.ts`)),
      outdir: server.folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      logLevel: 'silent',
    });
    return new NatsChaos(server, await jetstreamManager(await server.connect()));
  }

  private constructor(server: NatsServer, manager: JetStreamManager) {
    this.#server = server;
    this.#manager = manager;
  }

  async run(random: () => number): Promise<ChaosRun> {
    this.#runs += 1;
    const stream = `chaos${String(this.#runs)}`;
    const file = join(this.#server.folder, `${stream}.txt`);
    await this.#manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
    await this.#manager.consumers.add(stream, { durable_name: 'worker', ack_policy: 'explicit', ack_wait: 500e6 });
    const producer: Restarted = new Restarted(() => this.#spawn('nats-producer', stream, String(producer.lines), String(EVENTS)));
    const worker = new Restarted(() => this.#spawn('nats-worker', stream, file));
    producer.start();
    worker.start();
    const stored = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
    const faults: string[] = [];
    const count = 2 + Math.floor(random() * 3);
    for (let index = 0; index < count; index += 1) {
      const threshold = Math.floor((EVENTS * (index + random())) / count);
      await until(() => (index % 2 === 0 ? producer.lines : stored().length) >= threshold);
      await sleep(random() * 20);
      const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? 'kill server';
      faults.push(fault);
      await this.#make(fault, producer, worker, random);
    }
    await producer.ended();
    const distinct = (): Set<string> => new Set(stored());
    await until(() => distinct().size >= EVENTS);
    let unacknowledged = EVENTS;
    await until(async () => {
      const info = await this.#manager.consumers.info(stream, 'worker').catch(() => undefined);
      if (info !== undefined) unacknowledged = info.num_ack_pending + info.num_pending;
      return unacknowledged === 0;
    });
    await worker.kill();
    const run = { faults, offered: offeredIds(), inStream: await this.#idsOf(stream), stored: stored(), unacknowledged };
    await this.#manager.streams.delete(stream);
    return run;
  }

  async #make(fault: (typeof FAULTS)[number], producer: Restarted, worker: Restarted, random: () => number): Promise<void> {
    switch (fault) {
      case 'kill server':
        await this.#server.kill();
        await sleep(random() * 200);
        await this.#server.start();
        break;
      case 'pause server':
        this.#server.signal('SIGSTOP');
        await sleep(random() * 600);
        this.#server.signal('SIGCONT');
        break;
      case 'kill producer':
        await producer.kill();
        producer.start();
        break;
      case 'kill worker':
        await worker.kill();
        worker.start();
    }
  }

  #spawn(program: (typeof PROGRAMS)[number], ...args: string[]): ChildProcess {
    return spawn(process.execPath, [join(this.#server.folder, `${program}.mjs`), this.#server.url, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  async #idsOf(stream: string): Promise<string[]> {
    const { state } = await this.#manager.streams.info(stream);
    const ids: string[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
      const message = await this.#manager.streams.getMessage(stream, { seq });
      if (message !== null) ids.push(message.json<{ id: string }>().id);
    }
    return ids;
  }
}

const offeredIds = (): string[] => Array.from({ length: EVENTS }, (_, number) => `event-${String(number)}`);

/** A program that may be killed and started again. */
class Restarted {
  readonly #spawn: () => ChildProcess;
  #child: ChildProcess | undefined;
  #closed: Promise<unknown> = Promise.resolve();
  readonly #printed = new Set<number>();

  constructor(spawnChild: () => ChildProcess) {
    this.#spawn = spawnChild;
  }

  /** The first number that it has not printed, from 0. */
  get lines(): number {
    let next = 0;
    while (this.#printed.has(next)) next += 1;
    return next;
  }

  start(): void {
    const child = this.#spawn();
    this.#child = child;
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#printed.add(Number(line));
    });
    this.#closed = once(child, 'close');
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#closed;
  }

  /** @throws Error if it failed */
  async ended(): Promise<void> {
    await this.#closed;
    if (this.#child?.exitCode !== 0) throw new Error(`It ended with ${String(this.#child?.exitCode)}`);
  }
}
