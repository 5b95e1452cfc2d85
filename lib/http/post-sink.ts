import type { Subscribable } from 'rxjs';
import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aNonEmptyString, anInteger, isFunction, isObject } from '../internal/check-option.js';
import { toJson } from '../internal/json-value.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import type { EventSink } from '../sink/sink.js';
import { answerError } from './answer-error.js';
import { resolvedUrl } from './checked-url.js';
import { notEncodable } from './division.js';
import { headersSource, isPromise, type HeadersOption, type HttpHeaders } from './http-headers.js';
import type { HttpRequest, LeavingPage } from './transport.js';

/** The part of an answer that `postSink` reads. A `Response` of `fetch`, an answer of an `HttpTransport`, or `{ status: 200 }`. */
export interface PostAnswer {
  readonly status: number;
  readonly headers?: { get?(name: string): string | null | undefined } | undefined;
  header?(name: string): string | undefined;
  readonly body?: unknown;
  discard?(): void;
}

/** A request of `postSink`. */
export type PostRequest = HttpRequest & { readonly body: string };

/** Sends one request. An error with a `status`, as `ajax` of RxJS and Angular's `HttpClient` throw it, counts as an answer. */
export interface PostSend extends LeavingPage {
  (request: PostRequest): PromiseLike<PostAnswer> | Subscribable<PostAnswer>;
}

export interface PostSinkOptions {
  /** Where batches are posted to: `http:` or `https:`, without user name and password. In a browser it may be relative to the document's base URL. */
  readonly url: string | URL;
  /** Sends the requests: `pageSend()`, a transport, or your own function. @default plain `fetch`, without following redirects */
  readonly send?: PostSend | undefined;
  /** Added to every request. A function is called for each request, and may be asynchronous. @default none */
  readonly headers?: HeadersOption | undefined;
  /** Maximum bytes of a body. The lane halves a longer batch; a longer event fails. @default 60_000 */
  readonly maxBodyBytes?: number | undefined;
  /** Unique within a collector. @default 'post' */
  readonly name?: string | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PostSinkOptions>(() => ({
  url: {
    expected: 'an http: or https: URL without user name and password',
    accepts: (url) => /^https?:\/\/[^@/]*\//.test(resolvedUrl(url)?.href ?? ''),
    isSecret: true,
  },
  send: [aFunction, fetchOnce],
  headers: [{ expected: 'headers, or a function that returns them', accepts: areHeaders, isSecret: true }, {}],
  maxBodyBytes: [anInteger(1, true), 60_000],
  name: [aNonEmptyString, 'post'],
}));

/**
 * Posts each batch as one JSON body: the small sink for pages. `httpSink` is the full one: it divides batches, compresses, shares encodings between
 * sinks, reads answers about single events, and closes connections.
 *
 * The body is the JSON that `jsonEncoder` writes, the header `idempotency-key` the batch's id. Statuses mean the same as for `httpSink`. A body above `maxBodyBytes`
 * is `too_large`, as is one that the server answers with 413; later bodies are then shorter. Events that can't be encoded fail alone.
 *
 * The sink itself has no retries, timeouts or log: its lane has them.
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
  const { send, maxBodyBytes, name, ...parsed } = OPTIONS.parse(options);
  const url = String(resolvedUrl(parsed.url));
  const headersOf = headersSource(parsed.headers, send);
  /** Lowered after a 413. */
  let limit = maxBodyBytes;

  return {
    name,
    process(batch, context) {
      const bodyOf = (some: readonly E[]): string => toJson({ ...batch, events: some });
      let { events } = batch;
      let refused: SinkError | undefined;
      let body: string;
      try {
        body = bodyOf(events);
      } catch (cause) {
        const offenders = events.filter((event) => tryGet(() => bodyOf([event])) === undefined);
        refused = notEncodable(offenders, cause);
        events = events.filter((event) => !offenders.includes(event));
        if (events.length === 0) throw refused;
        body = bodyOf(events);
      }
      const isSingle = events.length < 2;
      const bytes = new TextEncoder().encode(body).length;
      // The bytes that the browser still sends for a page that is being left. Ignored if an average event doesn't fit: then the request may end with
      // the page.
      const left = send.keepaliveBytesLeft?.() ?? Infinity;
      const max = isSingle ? maxBodyBytes : Math.min(limit, bytes <= left * events.length ? left : Infinity);
      if (bytes > max) throw new SinkError('too_large', `The body is longer than ${String(max)} bytes`, { code: 'BODY_TOO_LARGE' });

      // Synchronous up to the call of `send`: an asynchronous call would be too late for a page that is being left.
      const post = async (): Promise<void> => {
        const given = headersOf();
        const added = isPromise(given) ? await given : given;
        const headers = { 'content-type': 'application/json', 'idempotency-key': encodeURIComponent(batch.id), ...added };
        let answer: PostAnswer;
        try {
          const { signal } = context;
          answer = await firstOf(send({ url, method: 'POST', headers, body, signal }), signal);
        } catch (thrown) {
          answer = thrown as PostAnswer;
          if (!(Object(thrown) as Partial<PostAnswer>).status)
            throw isSinkError(thrown) ? thrown : new SinkError('unavailable', 'No answer', { cause: thrown });
        }
        const { status } = answer;
        if (status === 413 && !isSingle) limit = Math.min(limit, bytes / 2);
        const header = (key: string): string | null | undefined => answer.headers?.get?.(key) ?? answer.header?.(key);
        const error = answerError({ status, header }, events, () => backgroundScheduler.now()) ?? refused;
        // Frees the connection. Errors here must not change the outcome of the status.
        tryGet(() => {
          answer.discard?.();
          (answer.body as Partial<ReadableStream> | null | undefined)?.cancel?.().catch(() => undefined);
        });
        if (error !== undefined) throw error;
      };
      return post();
    },
  };
}

function fetchOnce({ url, method, headers, body, signal }: PostRequest): Promise<PostAnswer> {
  return fetch(url, { method, headers, body, signal, redirect: 'manual' });
}

function areHeaders(value: unknown): boolean {
  return isFunction(value) || (isObject(value) && tryGet(() => new Headers(value as HttpHeaders)) !== undefined);
}

function firstOf(sent: ReturnType<PostSend>, signal: AbortSignal): PromiseLike<PostAnswer> {
  if (!('subscribe' in sent)) return sent;
  return new Promise((resolve, reject) => {
    const subscription = sent.subscribe({ next: resolve, error: reject, complete: () => reject(new Error('No answer')) });
    signal.addEventListener('abort', () => subscription.unsubscribe());
  });
}
