import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectPatiently } from './nats-connection.js';
import { until } from './until.js';

/** Debian's package; NATS_SERVER names another one. */
const EXECUTABLE = process.env.NATS_SERVER ?? '/usr/sbin/nats-server';

/** A real nats-server with JetStream on a loopback port, with a folder of its own. */
export class NatsServer {
  static readonly #started = new Set<NatsServer>();
  readonly port: number;
  /** Removed with the server. */
  readonly folder: string;
  readonly #connections: NatsConnection[] = [];
  #process: ChildProcess | undefined;

  /** Where nats-server is absent, the suite that asks for it from `before` is skipped, and listed as such. */
  static async start(context: Mocha.Context, config?: string): Promise<NatsServer> {
    if (!existsSync(EXECUTABLE)) context.skip();
    const server = new NatsServer(await freePort());
    NatsServer.#started.add(server);
    await server.start(config);
    return server;
  }

  /** Ends all servers and their connections. A suite that was skipped has none. */
  static async removeAll(): Promise<void> {
    for (const server of NatsServer.#started) await server.#remove();
    NatsServer.#started.clear();
  }

  private constructor(port: number) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'rx-event-collector-nats-'));
  }

  get url(): string {
    return `nats://127.0.0.1:${String(this.port)}`;
  }

  /** A patient connection to it. */
  async connect(options: Parameters<typeof connectPatiently>[0] = {}): Promise<NatsConnection> {
    const connection = await connectPatiently({ servers: this.url, ...options });
    this.#connections.push(connection);
    return connection;
  }

  /** Starts it again, with the same streams. `config` is the text of a configuration file. */
  async start(config = ''): Promise<void> {
    const file = join(this.folder, 'server.conf');
    writeFileSync(file, `listen: "127.0.0.1:${String(this.port)}"\njetstream { store_dir: "${join(this.folder, 'store')}" }\n${config}\n`);
    this.#process = spawn(EXECUTABLE, ['-c', file], { stdio: 'ignore' });
    await until(() => this.#isListening());
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async #remove(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #isListening(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connectSocket(this.port, '127.0.0.1');
      // The server sends INFO first.
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

/** Unused a moment ago. The server keeps its port when it starts again, so that clients find it. */
async function freePort(): Promise<number> {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
}
