import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

/** Debian's package `clickhouse-server`; CLICKHOUSE_SERVER names another one. */
const EXECUTABLE = process.env.CLICKHOUSE_SERVER ?? '/usr/sbin/clickhouse-server';

/** A real ClickHouse with a folder and ports of its own. Its user is `writer`, with the password `secret`. */
export class ClickHouseServer {
  readonly #folder: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  /** Where it isn't installed, the suite that asks for it from `before` is skipped, and listed as such. */
  static async start(context: Mocha.Context): Promise<ClickHouseServer> {
    if (!existsSync(EXECUTABLE)) context.skip();
    const folder = await mkdtemp(join(tmpdir(), 'click-house-'));
    const [http, tcp] = await Promise.all([freePort(), freePort()]);
    for (const name of ['data', 'tmp']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'config.xml'), configOf(folder, http, tcp));
    await writeFile(join(folder, 'users.xml'), USERS);
    const server = new ClickHouseServer(folder, http);
    await server.resume();
    return server;
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** The rows of a query, each value as text. */
  async query(sql: string): Promise<string[][]> {
    const response = await fetch(this.url, { method: 'POST', body: sql, headers: LOGIN });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t'));
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  /** Starts it with the data that it had. */
  async resume(): Promise<void> {
    const started = spawn(EXECUTABLE, [`--config-file=${join(this.#folder, 'config.xml')}`], { stdio: 'ignore' });
    this.#process = started;
    const failed = once(started, 'exit').then(() => {
      throw new Error('ClickHouse did not start');
    });
    const isUp = (): Promise<boolean> =>
      this.query('SELECT 1').then(
        () => true,
        () => false,
      );
    await Promise.race([until(isUp), failed]);
    failed.catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const LOGIN = { 'x-clickhouse-user': 'writer', 'x-clickhouse-key': 'secret' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const configOf = (folder: string, http: number, tcp: number): string => `<yandex>
  <logger><level>none</level></logger>
  <http_port>${String(http)}</http_port><tcp_port>${String(tcp)}</tcp_port><listen_host>127.0.0.1</listen_host>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <mark_cache_size>16777216</mark_cache_size>
  <users_config>users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
</yandex>`;

const USERS = `<yandex>
  <profiles><default/></profiles><quotas><default/></quotas>
  <users><writer>
    <password>secret</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
  </writer></users>
</yandex>`;
