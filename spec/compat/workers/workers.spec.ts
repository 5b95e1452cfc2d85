import { expect } from 'chai';
import { transform } from 'esbuild';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { read } from '../../support/docs/examples.js';
import { until } from '../../support/until.js';
import { runWorker, type RunningWorker } from './workerd.js';

const FOLDER = import.meta.dirname;
/** Only a Worker that hangs takes longer. */
const TOO_LONG_MS = 120_000;

/** The recipes of docs/recipes.md, as they stand there, in the runtime of Cloudflare Workers. */
describe('Cloudflare Workers', function () {
  this.timeout(TOO_LONG_MS);
  const running: { stop(): void }[] = [];

  before(function () {
    if (!existsSync(join(FOLDER, 'node_modules/workerd'))) this.skip();
  });

  afterEach(() => {
    for (const each of running.splice(0)) each.stop();
  });

  after(() => {
    rmSync(join(FOLDER, '.run'), { recursive: true, force: true });
  });

  async function start(name: string, code: string, destination: Destination): Promise<RunningWorker> {
    running.push(destination);
    const worker = await runWorker(name, code, { EVENTS_URL: destination.url });
    running.push(worker);
    return worker;
  }

  const visit = async ({ url }: RunningWorker, path: string): Promise<void> => {
    const response = await fetch(new URL(path, url));
    expect(await response.text()).to.equal('Hello');
  };

  for (const [title, heading] of [
    ['a collector for each request', 'A collector for each request'],
    ['a collector for all requests', 'A collector for all requests'],
  ] as const) {
    describe(title, () => {
      const name = title.replaceAll(' ', '-');

      it('delivers the events of requests that overlap', async () => {
        const destination = await eventsServer();
        const worker = await start(name, snippet(heading), destination);
        const paths = ['/1', '/2', '/3', '/4', '/5'];
        destination.hold();
        await Promise.all(paths.map((path) => visit(worker, path)));
        await until(() => destination.held() > 0);
        destination.release();
        await until(() => destination.paths().length >= paths.length);
        expect(destination.paths()).to.have.members(paths);
      });

      it('delivers the events of a request that is answered while another one is delivering', async () => {
        const destination = await eventsServer();
        const worker = await start(name, snippet(heading), destination);
        destination.hold();
        await visit(worker, '/first');
        await until(() => destination.held() === 1);
        await visit(worker, '/second');
        await until(() => destination.held() === 2);
        destination.release();
        await until(() => destination.paths().length >= 2);
        await visit(worker, '/third');
        await until(() => destination.paths().length >= 3);
        expect(destination.paths()).to.have.members(['/first', '/second', '/third']);
      });

      it('tries again after 503, when the response has long been sent', async () => {
        const destination = await eventsServer(503, 503);
        const worker = await start(name, snippet(heading), destination);
        await visit(worker, '/1');
        await until(() => destination.paths().length > 0);
        expect(destination.paths()).to.deep.equal(['/1']);
        expect(worker.log()).to.equal('');
      });
    });
  }

  it('runs the first steps at the edge, of docs/start.md', async () => {
    const [, below = ''] = read('docs/start.md').split('\n## Edge\n');
    const typescript = /^```ts\n([^]*?)^```$/m.exec(below)?.[1] ?? '';
    const destination = await eventsServer();
    const worker = await start('first-steps', (await transform(typescript, { loader: 'ts' })).code, destination);
    await visit(worker, '/1');
    await until(() => destination.paths().length > 0);
    expect(destination.paths()).to.deep.equal(['/1']);
    expect(worker.log()).to.equal('');
  });

  it('reports events that a shared collector has lost', async () => {
    const destination = await eventsServer(400);
    const worker = await start('lost', snippet('A collector for all requests'), destination);
    await visit(worker, '/1');
    await until(() => worker.log().includes('Events lost'));
    expect(worker.log()).to.match(/failed: 1/);
  });

  it('creates every kind of collector at module level', async () => {
    const code = `
import { createCollector, createEvent, EventBuilder, EventCollector, MemorySink, defaultRedaction } from 'rx-event-collector';
import { httpSink, postSink } from 'rx-event-collector/http';
const url = 'https://events.example.com/';
const all = [
  new EventCollector(),
  new EventCollector({ sinks: [httpSink({ url })], redaction: defaultRedaction(), lane: { breaker: { failures: 1 } } }),
  createCollector({ sinks: [postSink({ url })] }),
];
export default {
  fetch: () => Response.json(all.map((each) => [each.track('a'), typeof each.sessionId])),
};`;
    const { url } = await start('module-level', code, await eventsServer());
    expect(await (await fetch(url)).json()).to.deep.equal(Array(3).fill(['accepted', 'string']));
  });
});

interface Destination {
  readonly url: string;
  /** The paths in the events that have arrived. */
  paths(): readonly string[];
  /** Leaves requests unanswered until `release`. */
  hold(): void;
  /** The number of unanswered requests. */
  held(): number;
  release(): void;
  stop(): void;
}

/** @param statuses the first answers; the others are 202 */
async function eventsServer(...statuses: readonly number[]): Promise<Destination> {
  const answers = [...statuses];
  const paths: string[] = [];
  let isHolding = false;
  let held: (() => void)[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { events } = JSON.parse(await text(request)) as { events: { data: { path: string } }[] };
    const status = answers.shift() ?? 202;
    if (isHolding) {
      await new Promise<void>((resolve) => {
        held.push(resolve);
      });
    }
    if (status === 202) paths.push(...events.map(({ data }) => data.path));
    response.writeHead(status).end();
  };
  const server: Server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    paths: () => paths,
    hold: () => (isHolding = true),
    held: () => held.length,
    release: () => {
      isHolding = false;
      for (const each of held) each();
      held = [];
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The code below a heading of docs/recipes.md. */
function snippet(heading: string): string {
  const [, below = ''] = read('docs/recipes.md').split(`\n### ${heading}\n`);
  const code = /^```js\n([^]*?)^```$/m.exec(below)?.[1] ?? '';
  expect(code, heading).to.include('EventCollector');
  return code;
}
