import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, createInbox, headers } from '@nats-io/transport-node';
import { recorder } from './cases/loop.mjs';
import { buildLibrary } from './harness/prepare.mjs';
import { median } from './harness/statistics.mjs';
import { table } from './harness/table.mjs';
import { BATCH, INPUTS, MASK } from './workload.mjs';

/**
 * `node bench/jetstream.mjs` compares the sink with bare publishers, and the source with bare consumers, round by round, on a nats-server of its own with
 * streams in memory. Prints medians of the ratios to the first case: above 1 is faster.
 */
const {
  values: { rounds, events },
} = parseArgs({ options: { rounds: { type: 'string', default: '9' }, events: { type: 'string', default: '20000' } } });
const EVENTS = Number(events);
const IN_FLIGHT = 1_000;
const SERVER = process.env.NATS_SERVER ?? '/usr/sbin/nats-server';
if (!existsSync(SERVER)) {
  console.log(`JetStream: skipped, there is no ${SERVER} (apt-get install nats-server)`);
  process.exit();
}

buildLibrary(() => {});
const { createBatch, EventCollector } = await import(`${process.env.LIBRARY}/index.js`);
const { fromJetStream, jetStreamSink } = await import(`${process.env.LIBRARY}/nats.js`);

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const port = 20_000 + (process.pid % 20_000);
const server = spawn(SERVER, ['-js', '-sd', folder, '-p', String(port), '-a', '127.0.0.1'], { stdio: 'ignore' });
const connection = await connect({ port, waitOnFirstConnect: true, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
const manager = await jetstreamManager(connection);
const js = jetstream(connection);
await manager.streams.add({ name: 'bench', subjects: ['bench'], storage: 'memory' });

/** All publish batches of 100, at most 10 at once, and await every acknowledgement. */
const publishers = {
  'a bare publisher, one inbox': async (batches) => {
    const inbox = createInbox();
    const open = new Map();
    let count = 0;
    const answers = connection.subscribe(`${inbox}.>`, {
      callback: (_error, { subject, data }) => {
        if (!new TextDecoder().decode(data).startsWith('{"stream"')) throw new Error('Not stored');
        const batch = open.get(subject.split('.')[2]);
        batch.left -= 1;
        if (batch.left === 0) batch.resolve();
      },
    });
    await inTurn(batches, (batch) => {
      const key = String((count += 1));
      return new Promise((resolve) => {
        open.set(key, { left: batch.length, resolve });
        for (const event of batch) {
          const hdrs = headers();
          hdrs.set('Nats-Msg-Id', event.id);
          connection.publish('bench', JSON.stringify(event), { headers: hdrs, reply: `${inbox}.${key}` });
        }
      });
    });
    answers.unsubscribe();
  },
  '`js.publish`': (batches) =>
    inTurn(batches, (batch) => Promise.all(batch.map((event) => js.publish('bench', JSON.stringify(event), { msgID: event.id })))),
  '`jetStreamSink`': async (batches) => {
    const sink = jetStreamSink({ connection, subject: 'bench' });
    const context = { signal: new AbortController().signal, attempt: 1 };
    let sequence = 0;
    await inTurn(batches, (batch) => sink.process(createBatch(batch, (sequence += 1)), context));
    sink.close();
  },
};

async function inTurn(batches, send) {
  const rest = [...batches];
  const worker = async () => {
    for (let batch = rest.pop(); batch !== undefined; batch = rest.pop()) await send(batch);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
}

const consumers = {
  'bare `consume` + `ack`': (consumer) => consumeAll(consumer, () => {}),
  '… that reads the JSON': (consumer) => consumeAll(consumer, (message) => message.json()),
  '`fromJetStream` → no-op sink': async (consumer) => {
    const collector = new EventCollector({ sinks: [{ name: 'none', process: () => {} }] });
    let count = 0;
    await new Promise((resolve, reject) => {
      const subscription = fromJetStream({ consumer, collector, maxInFlight: IN_FLIGHT }).subscribe({
        next: ({ kind }) => {
          if (kind !== 'acknowledged') reject(new Error(kind));
          if ((count += 1) < EVENTS) return;
          subscription.unsubscribe();
          resolve();
        },
        error: reject,
      });
    });
    await collector.shutdown();
  },
};

async function consumeAll(consumer, read) {
  let count = 0;
  for await (const message of await consumer.consume({ max_messages: IN_FLIGHT })) {
    read(message);
    message.ack();
    if ((count += 1) === EVENTS) break;
  }
}

const record = recorder();
function newBatches() {
  const all = Array.from({ length: EVENTS }, (_, index) => record(INPUTS[index & MASK]));
  return Array.from({ length: EVENTS / BATCH }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));
}

async function measure(cases, prepare, check) {
  const names = Object.keys(cases);
  const figures = names.map(() => []);
  // The first two rounds warm up.
  for (let round = -2; round < Number(rounds); round += 1) {
    for (const [index, name] of names.entries()) {
      const prepared = await prepare();
      const wall = performance.now();
      const cpu = process.cpuUsage();
      await cases[name](prepared);
      await connection.flush();
      const { user, system } = process.cpuUsage(cpu);
      if (round >= 0) figures[index].push({ wall: ((performance.now() - wall) * 1e3) / EVENTS, cpu: (user + system) / EVENTS });
      await check(prepared);
    }
  }
  const rows = names.map((name, index) => [
    name,
    ...['wall', 'cpu'].flatMap((clock) => [
      `${median(figures[index].map((each) => each[clock])).toFixed(1)} µs`,
      `${median(figures[index].map((each, round) => figures[0][round][clock] / each[clock])).toFixed(2)} ×`,
    ]),
  ]);
  return table(['an event', 'wall clock', '', 'processor', ''], rows);
}

const published = await measure(
  publishers,
  async () => {
    await manager.streams.purge('bench');
    return newBatches();
  },
  async () => {
    const { state } = await manager.streams.info('bench');
    if (state.messages !== EVENTS) throw new Error(`Stored ${String(state.messages)} of ${String(EVENTS)}`);
  },
);
const consumed = await measure(
  consumers,
  async () => {
    await manager.consumers.add('bench', { durable_name: 'bench', ack_policy: 'explicit', max_ack_pending: 10 * IN_FLIGHT });
    return js.consumers.get('bench', 'bench');
  },
  async (consumer) => {
    // The server handles acknowledgements after it has answered the flush.
    for (let attempt = 0; ; attempt += 1) {
      const { num_ack_pending: pending, num_pending: waiting } = await consumer.info();
      if (pending + waiting === 0) break;
      if (attempt === 100) throw new Error(`${String(pending + waiting)} messages are not acknowledged`);
      await setTimeout(20);
    }
    await consumer.delete();
  },
);
console.log(`${published}\n\n${consumed}`);

await connection.close();
server.kill('SIGKILL');
rmSync(folder, { recursive: true });
