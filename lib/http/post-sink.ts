import type { Subscribable } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aNonEmptyString, anInteger, anything, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import type { EventSink } from '../sink/sink.js';
import { answerError } from './answer-error.js';
import { checkedUrl } from './checked-url.js';
import { notEncodable } from './division.js';
import { headerSafe, headersSource, isPromise, type HeadersOption } from './http-headers.js';
import { jsonEncoder } from './json-encoder.js';
import { asError } from './request-error.js';
import type { HttpRequest, LeavingPage } from './transport.js';

/** The part of an answer that `postSink` reads. A `Response` of `fetch`, an answer of an `HttpTransport`, or `{ status: 200 }`. */
export interface PostAnswer {
  readonly status: number;
  readonly headers?: { get?(name: string): string | null | undefined } | undefined;
  header?(name: string): string | null | undefined;
  readonly body?: unknown;
  discard?(): void;
}

/** Sends one request. An error with a `status`, as `ajax` of RxJS and Angular's `HttpClient` throw it, counts as an answer. */
export interface PostSend extends LeavingPage {
  (request: HttpRequest): PromiseLike<PostAnswer> | Subscribable<PostAnswer>;
}

export interface PostSinkOptions {
  /** Where batches are posted to: `http:` or `https:`, without user name and password. In a browser it may be relative to the document's base URL. */
  readonly url: string | URL;
  /** Sends the requests: `pageSend()`, a transport, or a function of your own. @default plain `fetch`, which follows no redirects */
  readonly send?: PostSend | undefined;
  /** Added to every request. A function is called for each request, and may be asynchronous. @default none */
  readonly headers?: HeadersOption | undefined;
  /** Bytes of a body. The lane halves a longer batch; a longer event fails. @default 60_000 */
  readonly maxBodyBytes?: number | undefined;
  /** Unique within a collector. @default 'post' */
  readonly name?: string | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PostSinkOptions>({
  url: /* @__PURE__ */ secret(anything),
  send: [aFunction, fetchOnce],
  headers: [/* @__PURE__ */ secret(anything), {}],
  maxBodyBytes: [/* @__PURE__ */ anInteger(1, true), 60_000],
  name: [aNonEmptyString, 'post'],
});

/**
 * Posts each batch as one JSON body: the small sink for pages. `httpSink` is the full one: it divides batches, compresses, shares encodings between
 * sinks, reads answers about single events, and closes connections.
 *
 * The body is that of `jsonEncoder`, the header `idempotency-key` the batch's id. Statuses mean the same as for `httpSink`. A body above `maxBodyBytes`
 * is `too_large`, as is one that the server answers with 413; later bodies are then shorter. Events that can't be encoded fail alone.
 *
 * The sink never retries, times out or logs: its lane does.
 *
 * @throws TypeError for an invalid or unknown option; the message never shows the URL or a header's value
 * @example
 * const bodies: string[] = [];
 * const send: PostSend = async ({ body }) => {
 *   bodies.push(body);
 *   return { status: 204 };
 * };
 * const collector = new EventCollector({ sinks: [postSink({ url: 'https://example.org/events', send })] });
 * collector.collect({ type: 'feature_used' });
 * await collector.shutdown();
 * expect(JSON.parse(bodies[0]!).events[0].type).to.equal('feature_used');
 */
export function postSink<E = AnalyticsEvent>(options: PostSinkOptions): EventSink<E> {
  const parsed = OPTIONS.parse(options);
  const { send, maxBodyBytes, name } = parsed;
  const url = checkedUrl(parsed.url);
  const headersOf = headersSource(parsed.headers, send);
  /** As learnt from 413. */
  let limit = maxBodyBytes;

  return {
    name,
    process(batch, context) {
      const { events, body, refused } = encodableOf(batch);
      const isSingle = events.length < 2;
      const bytes = bytesOf(body);
      // What the browser still sends for a page that is being left, if an event fits in; else the request goes as it is, and may not outlive the page.
      const left = send.keepaliveBytesLeft?.() ?? Infinity;
      const max = isSingle ? maxBodyBytes : Math.min(limit, bytes <= left * events.length ? left : Infinity);
      if (bytes > max) throw new SinkError('too_large', `The body is longer than ${String(max)} bytes`, { code: 'BODY_TOO_LARGE' });

      const post = async (): Promise<void> => {
        let answer: PostAnswer;
        try {
          const added = headersOf();
          const headers = {
            'content-type': jsonEncoder.contentType,
            'idempotency-key': headerSafe(batch.id),
            ...(isPromise(added) ? await added : added),
          };
          const request: HttpRequest = {
            url,
            method: 'POST',
            headers,
            body,
            get signal() {
              return context.signal;
            },
          };
          answer = await answerOf(send(request), context.signal);
        } catch (thrown) {
          if (!((thrown as PostAnswer | undefined)?.status ?? 0)) throw asError('unavailable', undefined, 'No answer')(thrown);
          answer = thrown as PostAnswer;
        }
        const { status } = answer;
        const header = (key: string): string | null | undefined => answer.headers?.get?.(key) ?? answer.header?.(key);
        const error = answerError({ status, header }, events, () => backgroundScheduler.now()) ?? refused;
        if (status === 413 && !isSingle) limit = Math.min(limit, bytes / 2);
        letGo(answer);
        if (error !== undefined) throw error;
      };
      return post();
    },
  };
}

function fetchOnce({ url, method, headers, body, signal }: HttpRequest): Promise<PostAnswer> {
  return fetch(url, { method, headers, body: body as string, signal, redirect: 'manual' });
}

/** The body of a batch without the events that can't be encoded. */
function encodableOf<E>(batch: EventBatch<E>): { readonly events: readonly E[]; readonly body: string; readonly refused?: SinkError } {
  const { events } = batch;
  try {
    return { events, body: jsonEncoder.encode(batch) as string };
  } catch (cause) {
    const encodable = events.filter((event) => tryGet(() => jsonEncoder.encode({ ...batch, events: [event] })));
    const offenders = events.filter((event) => !encodable.includes(event));
    const refused = notEncodable(offenders, cause);
    if (encodable.length === 0) throw refused;
    return { events: encodable, body: jsonEncoder.encode({ ...batch, events: encodable }) as string, refused };
  }
}

function bytesOf(body: string): number {
  return new TextEncoder().encode(body).length;
}

/** The first answer of a promise or an Observable. */
function answerOf(sent: ReturnType<PostSend>, signal: AbortSignal): PromiseLike<PostAnswer> {
  if (!('subscribe' in sent)) return sent;
  return new Promise((resolve, reject) => {
    const subscription = sent.subscribe({ next: resolve, error: reject, complete: () => reject(new Error('Completed without an answer')) });
    signal.addEventListener('abort', () => subscription.unsubscribe());
  });
}

/** Frees the connection of an answer whose body isn't read. Nothing that happens here may change what the status said. */
function letGo(answer: PostAnswer): void {
  tryGet(() => {
    answer.discard?.();
    (answer.body as Partial<ReadableStream> | null | undefined)?.cancel?.().catch(() => undefined);
  });
}
