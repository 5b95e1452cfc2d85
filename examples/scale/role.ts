import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Report } from './messages.js';

/** A producer or a worker. It is started again whenever it ends with an error or is killed. */
export class Role {
  readonly name: string;
  /** The latest one. */
  report: Report | undefined;
  kills = 0;
  /** Completes when it has ended well. */
  readonly done: Promise<void>;
  #child: ChildProcess | undefined;
  #isStopping = false;

  constructor(name: string, program: string, args: readonly string[]) {
    this.name = name;
    this.done = this.#run(program, args);
  }

  kill(): void {
    if (this.signal('SIGKILL')) this.kills += 1;
  }

  /** Asks it to end, and waits. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    await this.done;
  }

  /** Ends it immediately and finally. */
  async abandon(): Promise<void> {
    this.#isStopping = true;
    this.signal('SIGKILL');
    await this.done;
  }

  signal(name: NodeJS.Signals): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null && this.#child.kill(name);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    while (!this.#isStopping) {
      const child = fork(program, args, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      this.#child = child;
      child.on('message', (report) => (this.report = report as Report));
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code === 0) return;
      await setTimeout(100);
    }
  }
}
