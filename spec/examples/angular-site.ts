import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { ROOT } from '../../scripts/entries.js';

/** Counts of a server, to detect leaks. */
export interface Census {
  /** Collectors created for requests, and those that have shut down. */
  readonly begun: number;
  readonly ended: number;
  /** Those still in memory. */
  readonly alive: number;
  /** Events that they have received. */
  readonly received: number;
  readonly timers: number;
  /** Listeners of the process. */
  readonly listeners: number;
  /** Stack traces of reads of the global page. */
  readonly looks: readonly string[];
}

/** A build of `examples/angular`, served by its own process. */
export class AngularSite {
  readonly url: string;
  readonly #folder: string;
  readonly #server: ChildProcess;

  static async open(build: string): Promise<AngularSite> {
    const folder = await mkdtemp(join(tmpdir(), 'angular-example-'));
    const program = join(ROOT, 'spec/support/programs/serve-angular.ts');
    const server = spawn(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', program, join(ROOT, 'examples/angular/dist/test', build, 'server/server.mjs')],
      { cwd: ROOT, env: { ...process.env, EVENTS: join(folder, 'events.ndjson') }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [url] = (await Promise.race([
      once(createInterface(server.stdout), 'line'),
      once(server, 'exit').then(([code]) => Promise.reject(new Error(`The server ended with ${String(code)}`))),
    ])) as [string];
    return new AngularSite(url, folder, server);
  }

  private constructor(url: string, folder: string, server: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#server = server;
  }

  /** The events in the server's file. */
  async events(): Promise<readonly AnalyticsEvent[]> {
    const text = await readFile(join(this.#folder, 'events.ndjson'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AnalyticsEvent);
  }

  async page(path: string): Promise<string> {
    return (await fetch(new URL(path, this.url))).text();
  }

  async census(): Promise<Census> {
    return (await (await fetch(new URL('/census', this.url))).json()) as Census;
  }

  /** Ends the server, and returns all events in its file. */
  async close(): Promise<readonly AnalyticsEvent[]> {
    if (this.#server.exitCode === null && this.#server.signalCode === null) {
      this.#server.kill('SIGTERM');
      await once(this.#server, 'exit');
    }
    const events = await this.events();
    await rm(this.#folder, { recursive: true, force: true });
    return events;
  }
}
