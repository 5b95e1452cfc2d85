import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { ROOT } from '../../scripts/entries.js';
import { fencesOf } from '../support/docs/examples.js';

/** The sink that a page shows, as it is printed there: the imports of its block, and the one declaration. */
async function recipe<F>(page: string, name: string): Promise<F> {
  const declaration = new RegExp(`^const ${name} = [^]*?^\\}\\);$`, 'm');
  const code = fencesOf(page).map(({ code }) => code).find((each) => declaration.test(each)); // prettier-ignore
  if (code === undefined) throw new Error(`Expected ${page} to show ${name}`);
  const imports = code.match(/^import .*$/gm)?.join('\n') ?? '';
  const { outputFiles } = await build({
    stdin: { contents: `${imports}\nexport ${declaration.exec(code)?.[0] ?? ''}`, loader: 'ts', resolveDir: ROOT },
    alias: { 'rx-event-collector': join(ROOT, 'lib/index.ts'), 'rx-event-collector/http': join(ROOT, 'lib/http/index.ts') },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'silent',
  });
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')}`;
  return ((await import(url)) as Record<string, F>)[name] as F;
}

describe('the sinks of the documentation', () => {
  let server: Server;
  const posted: string[] = [];
  let webhookSink: (url: string) => EventSink;
  let lineSink: (write: (line: string) => void) => EventSink;
  let forTenant: (tenant: string, sink: EventSink) => EventSink;

  before(async () => {
    webhookSink = await recipe('docs/sinks.md', 'webhookSink');
    lineSink = await recipe('docs/recipes.md', 'lineSink');
    forTenant = await recipe('docs/recipes.md', 'forTenant');
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        for (const { id } of JSON.parse(body) as AnalyticsEvent[]) posted.push(id);
        response.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  describeSinkContract('webhookSink of docs/sinks.md', {
    create: () => webhookSink(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`),
    received: () => posted,
    failing: () => webhookSink('http://127.0.0.1:1/'),
  });

  const lines: string[] = [];
  describeSinkContract('lineSink of docs/recipes.md', {
    create: () => lineSink((line) => lines.push(line)),
    received: () => lines.map((line) => (JSON.parse(line) as AnalyticsEvent).id),
  });

  let memory: MemorySink;
  describeSinkContract('forTenant of docs/recipes.md', {
    create: () => {
      memory = new MemorySink();
      return forTenant('acme', memory);
    },
    received: () => memory.events.map(({ id }) => id),
    events: ['a', 'b'].map((id) => ({
      id,
      type: 'click',
      category: 'usage',
      priority: 'normal',
      timestamp: 0,
      data: id,
      metadata: { tenant: 'acme' },
      weight: 1,
    })),
  });
});
