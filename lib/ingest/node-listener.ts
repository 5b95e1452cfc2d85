import type { SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, aFunction, aScheduler, checkArgument } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { NodeRequest, NodeResponse } from './node-messages.js';
import { parsedBody } from './parsed-body.js';
import { bodyAlreadyRead } from './refusal.js';

export interface NodeListenerOptions {
  /**
   * Milliseconds for which the rest of an unread body is received and discarded, so that the client can read the answer. @default 2_000
   */
  readonly lingerMs?: number | undefined;
  /** @default backgroundScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<NodeListenerOptions>(() => ({
  lingerMs: [/* @__PURE__ */ aDelay(), 2_000],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Converts a web-standard handler to a listener for `node:http`, `node:https` and `node:http2`, and for frameworks on top of them.
 *
 * Bodies are streamed at the handler's pace; nothing is read before the handler reads the body. If a body parser has read the body already, the
 * handler gets `req.rawBody` or `req.body`; without these, reading the body fails, and `ingestHandler` answers 500 with instructions. The request's
 * signal is aborted when the client disconnects before the answer is complete. If the body of an answer fails, its client is disconnected. If an
 * answer can't be sent, its body is cancelled. The rest of an unread body is discarded for `lingerMs`; then the connection is closed, or with HTTP/2
 * the stream. If a framework mounts the listener at a path, the request's URL still has the whole path (`req.originalUrl`).
 *
 * The listener returns a promise, which frameworks may await: it is resolved when the answer is complete or the client has disconnected, and
 * never rejected. Its type is `unknown`, because the types of servers expect no promise.
 *
 * @throws TypeError for an invalid handler, and for an invalid or unknown option
 * @example
 * import { createServer } from 'node:http';
 *
 * const collector = new EventCollector({ sinks: [] });
 * const server = createServer(nodeListener(ingestHandler({ collector })));
 */
export function nodeListener(
  handler: (request: Request) => Response | Promise<Response>,
  options?: NodeListenerOptions,
): (incoming: NodeRequest, outgoing: NodeResponse) => unknown {
  checkArgument('handler', handler, aFunction);
  const { lingerMs, scheduler } = OPTIONS.parse(options);
  return (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => {
      // With HTTP/2, a stream that was reset counts as finished.
      if (!outgoing.writableEnded || !outgoing.writableFinished) gone.abort();
    });
    (outgoing.stream ?? outgoing).once('finish', () => {
      linger(incoming, outgoing, lingerMs, scheduler);
    });
    // A disconnected client is not an error of the server.
    incoming.on('error', ignore);
    outgoing.on('error', ignore);
    return respond(incoming, outgoing, handler, gone.signal).catch(() => {
      outgoing.destroy();
    });
  };
}

async function respond(
  incoming: NodeRequest,
  outgoing: NodeResponse,
  handler: (request: Request) => Response | Promise<Response>,
  signal: AbortSignal,
): Promise<void> {
  let request: Request;
  try {
    request = requestFrom(incoming, signal);
  } catch {
    // A method, URL or header that a web-standard request can't represent.
    outgoing.writeHead(400);
    outgoing.end();
    return;
  }
  let response: Response;
  try {
    response = await handler(request);
  } catch {
    response = new Response(null, { status: 500 });
  }
  if (isGone(outgoing, signal)) {
    cancel(response.body);
    return;
  }
  outgoing.writeHead(response.status, headersOf(response));
  if (incoming.method === 'HEAD') cancel(response.body);
  else await send(response, outgoing, signal);
  outgoing.end();
}

function requestFrom(incoming: NodeRequest, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  /** HTTP/2 has the method and the parts of the URL among the headers. */
  const pseudo = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (name.startsWith(':')) pseudo.set(name, value);
    else headers.append(name, value);
  }
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming, headers);
  const init: RequestInit & { duplex: 'half' } = { method, headers, body, signal, duplex: 'half' };
  const { socket } = incoming;
  const isSecure = pseudo.get(':scheme') === 'https' || ('encrypted' in socket && socket.encrypted === true);
  return new Request(targetOf(incoming, pseudo.get(':authority') ?? headers.get('host'), isSecure), init);
}

/** The client chooses the host. Concatenated into a URL, it could add a path. */
function targetOf({ url: path = '/', originalUrl: url = path }: NodeRequest, host: string | null, isSecure: boolean): URL {
  const target = new URL(url.startsWith('/') ? `http://localhost${url}` : url, 'http://localhost');
  if (host !== null) target.host = host;
  target.protocol = isSecure ? 'https:' : 'http:';
  return target;
}

function bodyOf(incoming: NodeRequest, headers: Headers): BodyInit | null {
  if (!incoming.readableDidRead && !incoming.readableEnded) return streamOf(incoming);
  const parsed = parsedBody(incoming, headers);
  if (parsed !== undefined) return parsed as Uint8Array<ArrayBuffer>;
  return incoming.readableDidRead ? failing(bodyAlreadyRead()) : null;
}

function failing(error: Error): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.error(error);
    },
  });
}

/** A stream that reads one chunk per `pull`. Chunks that arrive after `cancel` are discarded. */
function streamOf(incoming: NodeRequest): ReadableStream<Uint8Array> {
  let isWanted = false;
  let isOpen = true;
  const close = (how: () => void): void => {
    if (isOpen) how();
    isOpen = false;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Adding a 'data' listener would start the flow.
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
            controller.error(new Error('The client disconnected'));
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

async function send({ body }: Response, outgoing: NodeResponse, signal: AbortSignal): Promise<void> {
  const reader = body?.getReader();
  // Disconnects the client if the body fails, even while waiting for the client to read.
  reader?.closed.catch(() => {
    outgoing.destroy();
  });
  for (;;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) return;
    if (!outgoing.write(chunk.value)) await drained(outgoing, signal);
    if (isGone(outgoing, signal)) {
      cancel(reader);
      return;
    }
  }
}

/** Cancels a body without waiting: its source may fail to stop, or take any time. */
function cancel(body: Pick<ReadableStream, 'cancel'> | null | undefined): void {
  body?.cancel().catch(ignore);
}

/** Resolves when the response can be written to again, or is closed. */
function drained(outgoing: NodeResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
    if (isGone(outgoing, signal)) done();
  });
}

function isGone({ destroyed }: NodeResponse, signal: AbortSignal): boolean {
  return destroyed === true || signal.aborted;
}

/** Discards an unread body, which blocks the connection for further requests. Node itself would continue for as long as the client sends. */
function linger(incoming: NodeRequest, outgoing: NodeResponse, lingerMs: number, scheduler: SchedulerLike): void {
  incoming.resume();
  if (incoming.complete || lingerMs === Infinity) return;
  const timer = scheduler.schedule(() => {
    incoming.destroy();
    // With HTTP/2, only the response ends the stream.
    outgoing.destroy();
  }, lingerMs);
  incoming.once('close', () => {
    timer.unsubscribe();
  });
}

const ignore = (): void => undefined;
