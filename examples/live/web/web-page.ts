import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { fromEvent, interval, lastValueFrom, merge, take, takeUntil, tap, timer, type Observable } from 'rxjs';
import { devtoolsHandler, devtoolsSource, type DevtoolsTable } from 'rx-event-collector/devtools';
import { nodeListener } from 'rx-event-collector/ingest';
import type { Run } from '../output/output.js';
import { controlsOf } from './controls.js';

/** A page that shows a run, and its address. */
export interface WebPage {
  readonly url: string;
  /** Waits a little for its readers to receive the end. */
  close(): Promise<void>;
}

/** What the page shows and changes. */
export interface ShownRun extends Pick<Run, 'collector' | 'settings$' | 'change'> {
  /** The answers of the store, after the run. The page is complete when they are. */
  readonly answers$: Observable<readonly DevtoolsTable[]>;
}

/** How long readers have to receive the end. */
const FAREWELL_MS = 1_000;

const FILES: Readonly<Record<string, readonly [type: string, content: () => Promise<string>]>> = {
  '/': ['text/html; charset=utf-8', () => readFile(join(import.meta.dirname, 'page.html'), 'utf8')],
  '/page.css': ['text/css; charset=utf-8', () => readFile(join(import.meta.dirname, 'page.css'), 'utf8')],
  '/page.js': ['text/javascript; charset=utf-8', bundle],
};

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * Serves a page on the loopback interface that shows a run and changes its settings. The address contains a random token; other hosts, other origins
 * and requests without the token are refused.
 *
 * Without a reader the collector is not observed, and the script is bundled when a browser first asks for it.
 */
export async function openWebPage(run: ShownRun, title: string): Promise<WebPage> {
  const token = randomBytes(16).toString('base64url');
  const hosts: string[] = [];
  const source = devtoolsSource(run.collector, { title, controls: controlsOf(run), tables$: run.answers$ });
  const collector = devtoolsHandler(source, { token, hosts });
  const handler = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/collector') return collector(request);
    if (!hosts.includes(request.headers.get('host') ?? '')) return new Response(null, { status: 403 });
    const file = FILES[pathname];
    if (file === undefined || request.method !== 'GET') return new Response(null, { status: 404 });
    // Script and style hold no secret, and are requested without the token.
    if (pathname === '/' && searchParams.get('token') !== token) return new Response(null, { status: 401 });
    const [type, content] = file;
    return new Response(await content(), { headers: { ...HEADERS, 'content-type': type } });
  };
  const server = createServer(nodeListener(handler));
  // It never keeps the process alive.
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  hosts.push(`127.0.0.1:${String(port)}`, `localhost:${String(port)}`);
  return {
    url: `http://127.0.0.1:${String(port)}/?token=${token}`,
    async close() {
      const closed$ = fromEvent(server, 'close').pipe(take(1));
      server.close();
      // A connection that a browser keeps open for a next request is idle, and would keep the server open.
      const isOver$ = interval(20).pipe(
        tap(() => {
          server.closeIdleConnections();
        }),
        takeUntil(merge(closed$, timer(FAREWELL_MS))),
      );
      await lastValueFrom(isOver$, { defaultValue: undefined });
      server.closeAllConnections();
    },
  };
}

let script: Promise<string> | undefined;

function bundle(): Promise<string> {
  return (script ??= build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? ''));
}
