import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, until } from './loopback.js';
import { MissingPackage } from './missing-package.js';

const DEBIAN = '/usr/lib/postgresql';

/** Where `initdb` and `postgres` are: in the newest version of Debian's package; POSTGRES_BIN names another folder. */
function binaries(): string | undefined {
  if (process.env.POSTGRES_BIN !== undefined) return process.env.POSTGRES_BIN;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')));
}

export interface PostgresServerOptions {
  /** Lines of postgresql.conf. @default none */
  readonly settings?: readonly string[];
}

/** A real PostgreSQL with its own cluster in a temporary folder, on a loopback port. Its data survives `kill`. */
export class PostgresServer {
  /** @throws MissingPackage */
  static async start(options: PostgresServerOptions = {}): Promise<PostgresServer> {
    const bin = binaries();
    if (bin === undefined) throw new MissingPackage('PostgreSQL', 'apt-get install postgresql');
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
    const owner = ownerOf(folder);
    const server = new PostgresServer(bin, folder, owner, await freePort());
    const data = join(folder, 'data');
    const initial = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'];
    execFileSync(join(bin, 'initdb'), initial, { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    await server.restart(options.settings);
    return server;
  }

  readonly port: number;
  readonly #bin: string;
  readonly #folder: string;
  readonly #owner: Owner;
  #process: ChildProcess | undefined;
  #settings: readonly string[] = [];

  private constructor(bin: string, folder: string, owner: Owner, port: number) {
    this.#bin = bin;
    this.#folder = folder;
    this.#owner = owner;
    this.port = port;
  }

  /** The options for `new pg.Pool`. */
  get config(): pg.ClientConfig {
    return { host: '127.0.0.1', port: this.port, user: 'postgres', database: 'postgres' };
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${String(this.port)}/postgres`;
  }

  /** Starts the server, again after `kill`, and waits until it accepts connections. */
  async restart(settings: readonly string[] = this.#settings): Promise<void> {
    this.#settings = settings;
    const data = join(this.#folder, 'data');
    // Data must survive the end of a process, not of the machine.
    const all = ['fsync=off', `unix_socket_directories=${this.#folder}`, 'listen_addresses=127.0.0.1', ...settings];
    const args = ['-D', data, '-p', String(this.port), ...all.flatMap((setting) => ['-c', setting])];
    this.#process = spawn(join(this.#bin, 'postgres'), args, { ...this.#owner, cwd: this.#folder, stdio: 'ignore' });
    await until(() => this.#accepts());
  }

  /** Ends every process of the server with SIGKILL, as if its machine had failed. */
  async kill(): Promise<void> {
    const server = this.#process;
    if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    const pids = this.#pids();
    for (const pid of pids) signal(pid, 'SIGKILL');
    await exited;
    // A process that still holds the shared memory would keep the next server from starting.
    await until(() => !pids.some((pid) => signal(pid, 0)));
  }

  /** Stops or continues every process of the server. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of this.#pids()) signal(pid, name);
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pids(): number[] {
    const pid = this.#process?.pid;
    if (pid === undefined) return [];
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
    return [pid, ...children.split(' ').filter(Boolean).map(Number)];
  }

  async #accepts(): Promise<boolean> {
    const client = new pg.Client(this.config);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      if (this.#process?.exitCode !== null) throw new Error('PostgreSQL did not start', { cause: error });
      return false;
    }
  }
}

/** Sends a signal; false if there is no such process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

type Owner = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** PostgreSQL refuses to run as root: the folder and the server then belong to the user that the package has made. */
function ownerOf(folder: string): Owner {
  if (process.getuid?.() !== 0) return {};
  const [, uid = '', gid = ''] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? [];
  chownSync(folder, Number(uid), Number(gid));
  return { uid: Number(uid), gid: Number(gid) };
}
