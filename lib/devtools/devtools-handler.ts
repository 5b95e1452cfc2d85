import { finalize, Subscription, type Observable, type SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, anArray, anInteger, aScheduler, checkArgument, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { DevtoolsSource } from './devtools-source.js';
import type { DevtoolsCommand, DevtoolsSnapshot } from './protocol.js';

export interface DevtoolsHandlerOptions {
  /** A secret that every request contains, as `?token=`: at least 16 characters, random. */
  readonly token: string;
  /** The accepted values of the `Host` header, such as `127.0.0.1:8080`. The host of a request's `Origin` must be one of them, too. */
  readonly hosts: readonly string[];
  /** Milliseconds after which a reader that accepts no data is disconnected. @default 10_000 */
  readonly stallMs?: number | undefined;
  /** Maximum number of concurrent readers. @default 8 */
  readonly maxReaders?: number | undefined;
  /** Clock. @default backgroundScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const aToken: Expectation = {
  expected: 'a string of at least 16 characters',
  accepts: (value) => typeof value === 'string' && value.length >= 16,
  isSecret: true,
};

const OPTIONS = /* @__PURE__ */ optionsOf<DevtoolsHandlerOptions>(() => ({
  token: aToken,
  hosts: anArray,
  stallMs: [aDelay(1), 10_000],
  maxReaders: [anInteger(1), 8],
  scheduler: [aScheduler, backgroundScheduler],
}));

/** Maximum length of a command, in bytes. */
const MAX_COMMAND = 64 * 1_024;

/**
 * Serves a source to `remoteSource`, as a web-standard handler: `GET` streams snapshots as server-sent events, `POST` answers a command.
 *
 * | refused | status |
 * |---|---|
 * | a `Host` that is not in `hosts`, an `Origin` of another site | 403 |
 * | no token, or a wrong one | 401 |
 * | another method | 405 |
 * | a command that is not JSON, or longer than 64 KiB | 400, 413 |
 * | more readers than `maxReaders` | 503 |
 *
 * Snapshots are not queued: a slow reader gets the latest one when it is ready. A reader that accepts no data for `stallMs` is disconnected. Without
 * a reader the collector is not observed.
 *
 * @throws TypeError for an invalid source, and for an invalid or unknown option
 * @example
 * import { devtoolsHandler, devtoolsSource } from 'rx-event-collector/devtools';
 *
 * const collector = new EventCollector({ sinks: [] });
 * const handler = devtoolsHandler(devtoolsSource(collector), { token: '0123456789abcdef', hosts: ['localhost:8080'] });
 * const refused = await handler(new Request('http://localhost:8080/devtools'));
 * expect(refused.status).to.equal(401);
 */
export function devtoolsHandler(source: DevtoolsSource, options: DevtoolsHandlerOptions): (request: Request) => Promise<Response> {
  checkArgument('source', source, aSource);
  const { token, hosts, stallMs, maxReaders, scheduler } = OPTIONS.parse(options);
  const elapsed = steadyClock(() => scheduler.now());
  let readers = 0;

  return async (request) => {
    const refusal = refusalOf(request, token, hosts);
    if (refusal !== undefined) return answer(refusal);
    if (request.method === 'POST') return command(source, request);
    if (request.method !== 'GET') return answer(405);
    if (readers >= maxReaders) return answer(503);
    readers += 1;
    const snapshots$ = source.snapshots$.pipe(
      finalize(() => {
        readers -= 1;
      }),
    );
    return new Response(streamOf(snapshots$, stallMs, elapsed), {
      headers: { ...HEADERS, 'content-type': 'text/event-stream' },
    });
  };
}

const aSource: Expectation = {
  expected: 'a source of devtools',
  accepts: (value) => isObject(value) && isObject(value.snapshots$) && typeof value.send === 'function',
};

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const answer = (status: number, body: object | null = null): Response =>
  new Response(body === null ? null : JSON.stringify(body), { status, headers: { ...HEADERS, 'content-type': 'application/json' } });

/** The status of a refusal, if the request is refused: a page of another site must neither read nor write, even if its host name resolves to this server. */
function refusalOf(request: Request, token: string, hosts: readonly string[]): 401 | 403 | undefined {
  const { host, searchParams } = new URL(request.url);
  const origin = request.headers.get('origin');
  if (!hosts.includes(request.headers.get('host') ?? host)) return 403;
  if (origin !== null && !hosts.some((each) => origin === `http://${each}` || origin === `https://${each}`)) return 403;
  return isSame(searchParams.get('token') ?? '', token) ? undefined : 401;
}

/** Compares in a time that doesn't depend on where the texts differ. */
function isSame(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length;
  for (let index = 0; index < expected.length; index += 1) difference |= given.charCodeAt(index) ^ expected.charCodeAt(index);
  return difference === 0;
}

async function command(source: DevtoolsSource, request: Request): Promise<Response> {
  const text = await textOf(request);
  if (text === undefined) return answer(413);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return answer(400);
  }
  return isObject(parsed) ? answer(200, await source.send(parsed as unknown as DevtoolsCommand)) : answer(400);
}

/** The body; `undefined` if it is too long. */
async function textOf(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) return text + decoder.decode();
    bytes += chunk.value.byteLength;
    if (bytes > MAX_COMMAND) {
      await reader?.cancel();
      return undefined;
    }
    text += decoder.decode(chunk.value, { stream: true });
  }
}

/** Server-sent events, at the reader's pace: a new snapshot replaces an unread one. */
function streamOf(snapshots$: Observable<DevtoolsSnapshot>, stallMs: number, elapsed: () => number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const reading = new Subscription();
  let waiting: DevtoolsSnapshot | undefined;
  let isAsked = false;
  let sentAt = elapsed();
  let send = (): void => undefined;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isComplete = false;
        send = () => {
          if (!isAsked) return;
          if (waiting !== undefined) {
            controller.enqueue(encoder.encode(`data: ${JSON.stringify(waiting)}\n\n`));
            isAsked = false;
            waiting = undefined;
            sentAt = elapsed();
          } else if (isComplete) {
            controller.enqueue(encoder.encode('event: end\ndata: \n\n'));
            controller.close();
          }
        };
        reading.add(
          snapshots$.subscribe({
            next: (snapshot) => {
              waiting = snapshot;
              send();
              if (elapsed() - sentAt <= stallMs) return;
              controller.error(new Error('The reader is too slow'));
              reading.unsubscribe();
            },
            complete: () => {
              isComplete = true;
              send();
            },
            error: (error: unknown) => {
              controller.error(error);
            },
          }),
        );
      },
      pull() {
        isAsked = true;
        send();
      },
      cancel() {
        reading.unsubscribe();
      },
    },
    { highWaterMark: 0 },
  );
}
