import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Kafka, logLevel, type ISocketFactoryArgs } from 'kafkajs';

/** Debian's `python3-confluent-kafka` installs both; KAFKA_PYTHON and LIBRDKAFKA name others. */
const PYTHON = process.env.KAFKA_PYTHON ?? '/usr/bin/python3';
const LIBRARY = process.env.LIBRDKAFKA ?? `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/librdkafka.so.1`;

/** Error codes of Kafka's protocol. */
export const KAFKA_ERRORS = { notLeader: 6, timedOut: 7, tooLarge: 10, notAuthorized: 29 } as const;

const PRODUCE = 0;
const METADATA = 3;

/** A real implementation of Kafka's protocol on a loopback port: the mock cluster of librdkafka, in a process of its own. */
export class KafkaCluster {
  /** Where it isn't installed, the suite that asks for it from `before` is skipped, and listed as such. */
  static async start(context: Mocha.Context): Promise<KafkaCluster> {
    if (!existsSync(PYTHON) || !existsSync(LIBRARY)) context.skip();
    const program = spawn(PYTHON, [join(import.meta.dirname, 'programs/kafka-cluster.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const cluster = new KafkaCluster(program);
    cluster.#broker = await cluster.#answer();
    return cluster;
  }

  readonly #program: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  #broker = '';

  private constructor(program: ChildProcessByStdio<Writable, Readable, null>) {
    this.#program = program;
    this.#lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }

  /** A client that tries a request twice. */
  client(): Kafka {
    return new Kafka({
      brokers: [this.#broker],
      retry: { retries: 1, initialRetryTime: 10, maxRetryTime: 20 },
      logLevel: logLevel.NOTHING,
      socketFactory: withController,
    });
  }

  /** The next requests that produce messages fail with these codes. */
  async failProduce(...codes: readonly number[]): Promise<void> {
    await this.#command(`fail ${[PRODUCE, ...codes].join(' ')}`);
  }

  /** The broker closes its connections and accepts none. */
  down(): Promise<void> {
    return this.#command('down');
  }

  up(): Promise<void> {
    return this.#command('up');
  }

  async stop(): Promise<void> {
    const exited = once(this.#program, 'exit');
    this.#program.stdin.end();
    await exited;
  }

  async #command(line: string): Promise<void> {
    this.#program.stdin.write(`${line}\n`);
    await this.#answer();
  }

  async #answer(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('The Kafka cluster has ended');
    return line.value;
  }
}

/**
 * A socket on which broker 1 is the controller, which an idempotent producer of kafkajs asks for its id. librdkafka's cluster names 0, which isn't there.
 *
 * Requests are `size int32, api int16, version int16, correlation int32, …`, one per write; responses are `size int32, correlation int32, …`.
 */
function withController({ host, port, onConnect }: ISocketFactoryArgs): Socket {
  const socket = connect({ host, port }, onConnect);
  const requested = new Set<number>();
  let received = Buffer.alloc(0);
  const write = socket.write.bind(socket) as (chunk: Buffer, encoding: BufferEncoding) => boolean;
  const push = socket.push.bind(socket);
  const noted = (chunk: Buffer, encoding: BufferEncoding): boolean => {
    if (chunk.readInt16BE(4) === METADATA) requested.add(chunk.readInt32BE(8));
    return write(chunk, encoding);
  };
  const corrected = (chunk: Buffer | null): boolean => {
    if (chunk === null) return push(null);
    received = Buffer.concat([received, chunk]);
    let isWanted = true;
    for (let end = responseEnd(received); end <= received.length; end = responseEnd(received)) {
      const response = received.subarray(0, end);
      received = received.subarray(end);
      if (requested.delete(response.readInt32BE(4))) response.writeInt32BE(1, controllerAt(response));
      isWanted = push(response);
    }
    return isWanted;
  };
  return Object.assign(socket, { write: noted, push: corrected });
}

const responseEnd = (bytes: Buffer): number => (bytes.length < 4 ? Infinity : 4 + bytes.readInt32BE(0));

/** In version 2: brokers (one: id int32, host, port int32, no rack), cluster id, controller id. Texts have their length before them, an int16. */
function controllerAt(metadata: Buffer): number {
  const host = 16;
  const cluster = host + 2 + metadata.readInt16BE(host) + 4 + 2;
  return cluster + 2 + metadata.readInt16BE(cluster);
}
