import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { freePort, until } from './loopback.js';
import { MissingPackage } from './missing-package.js';

/** Debian's package; NATS_SERVER names another one. */
const EXECUTABLE = process.env.NATS_SERVER ?? '/usr/sbin/nats-server';

/** A nats-server with JetStream on a loopback port. Its streams are in files, and survive `kill`. */
export class NatsServer {
  /** @throws MissingPackage */
  static async start(folder: string): Promise<NatsServer> {
    if (!existsSync(EXECUTABLE)) throw new MissingPackage('nats-server', 'apt-get install nats-server');
    const server = new NatsServer(folder, await freePort());
    await server.restart();
    return server;
  }

  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  get url(): string {
    return `nats://127.0.0.1:${String(this.#port)}`;
  }

  async restart(): Promise<void> {
    const args = ['-a', '127.0.0.1', '-p', String(this.#port), '-js', '-sd', join(this.#folder, 'jetstream')];
    this.#process = spawn(EXECUTABLE, args, { stdio: 'ignore' });
    await until(() => this.#isListening());
  }

  async kill(): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  #isListening(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connectSocket(this.#port, '127.0.0.1');
      // The server greets its clients.
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
  }
}
