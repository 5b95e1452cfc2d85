import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkKeys } from '../internal/check-keys.js';
import { aDelay, aFunction, aScheduler, checkArgument } from '../internal/check-option.js';

export interface NodeListenerOptions {
  /** Milliseconds for which the rest of a body that nobody reads may go on coming, so that its sender gets to read the answer. @default 2_000 */
  readonly lingerMs?: number | undefined;
  /** @default backgroundScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A listener for `node:http` and `node:https` of a web-standard handler.
 *
 * Bodies are streamed, at the handler's pace: nothing is read before it asks. The request's signal is aborted when the client is gone before
 * it has the answer. The rest of a body that the handler left alone is thrown away for `lingerMs`, and then the connection.
 *
 * @throws TypeError for a handler or option that is none
 * @example
 * import { createServer } from 'node:http';
 *
 * const collector = new EventCollector({ sinks: [] });
 * const server = createServer(nodeListener(ingestHandler({ collector })));
 */
export function nodeListener(
  handler: (request: Request) => Response | Promise<Response>,
  options: NodeListenerOptions = {},
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  checkKeys(options, { lingerMs: true, scheduler: true });
  const { lingerMs = 2_000, scheduler = backgroundScheduler } = options;
  checkArgument('handler', handler, aFunction);
  checkArgument('lingerMs', lingerMs, aDelay(0));
  checkArgument('scheduler', scheduler, aScheduler);
  return (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    outgoing.once('finish', () => {
      linger(incoming, lingerMs, scheduler);
    });
    // Whoever is gone gets no answer, and no error either.
    incoming.on('error', ignore);
    outgoing.on('error', ignore);
    respond(incoming, outgoing, handler, gone.signal).catch(() => {
      outgoing.destroy();
    });
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handler: (request: Request) => Response | Promise<Response>,
  signal: AbortSignal,
): Promise<void> {
  let request: Request;
  try {
    request = requestFrom(incoming, signal);
  } catch {
    // A method, URL or header that has no place in a web-standard request.
    outgoing.writeHead(400).end();
    return;
  }
  let response: Response;
  try {
    response = await handler(request);
  } catch {
    response = new Response(null, { status: 500 });
  }
  if (outgoing.destroyed) return;
  outgoing.writeHead(response.status, headersOf(response));
  if (incoming.method !== 'HEAD') await send(response, outgoing);
  outgoing.end();
}

function requestFrom(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming);
  const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' };
  return new Request(targetOf(incoming, headers.get('host')), init);
}

/** The host is the client's to say, but not what stands behind it: put together as text, it could bring a path of its own. */
function targetOf({ url = '/', socket }: IncomingMessage, host: string | null): URL {
  const isSecure = 'encrypted' in socket && socket.encrypted === true;
  const target = new URL(url.startsWith('/') ? `http://localhost${url}` : url, 'http://localhost');
  if (host !== null) target.host = host;
  target.protocol = isSecure ? 'https:' : 'http:';
  return target;
}

/** Reads a chunk when one is asked for; what comes unasked, once nobody wants the body any more, is thrown away. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  let isWanted = false;
  let isOpen = true;
  const close = (how: () => void): void => {
    if (isOpen) how();
    isOpen = false;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Listening would set it flowing.
        incoming.pause();
        incoming.on('data', (chunk: Uint8Array) => {
          if (!isOpen || !isWanted) return;
          isWanted = false;
          incoming.pause();
          controller.enqueue(chunk);
        });
        incoming.on('end', () => {
          close(() => {
            controller.close();
          });
        });
        incoming.on('close', () => {
          close(() => {
            controller.error(new Error('The client is gone'));
          });
        });
      },
      pull() {
        isWanted = true;
        incoming.resume();
      },
      cancel() {
        isOpen = false;
      },
    },
    { highWaterMark: 0 },
  );
}

function headersOf({ headers }: Response): Record<string, string | string[]> {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { 'set-cookie': cookies }) };
}

async function send({ body }: Response, outgoing: ServerResponse): Promise<void> {
  const reader = body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) return;
    if (!outgoing.write(chunk.value)) await drained(outgoing);
    if (outgoing.destroyed) {
      await reader?.cancel();
      return;
    }
  }
}

/** Resolves when there is room again, or nobody to send anything to. */
function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
    if (outgoing.destroyed) done();
  });
}

/**
 * Throws away what nobody reads: until it has come, the connection serves nobody else. Node itself would do so for as long as it comes.
 */
function linger(incoming: IncomingMessage, lingerMs: number, scheduler: SchedulerLike): void {
  incoming.resume();
  if (incoming.complete || lingerMs === Infinity) return;
  const timer = scheduler.schedule(() => incoming.destroy(), lingerMs);
  incoming.once('close', () => {
    timer.unsubscribe();
  });
}

const ignore = (): void => undefined;
