import { EMPTY, type SchedulerLike } from 'rxjs';
import { isSinkError, SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aNonEmptyString, anInteger, anything, aScheduler, oneOf, secret } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';
import { answerError } from './answer-error.js';
import { BodyLimit } from './body-limit.js';
import { checkedHeaders, headerSafe } from './checked-headers.js';
import { checkedUrl } from './checked-url.js';
import { Division } from './division.js';
import { anEncoder, type Encoder } from './encoder.js';
import { Encoding } from './encoding.js';
import { Failures } from './failures.js';
import { fetchTransport } from './fetch-transport.js';
import { headersSource, isPromise, type HeadersOption } from './http-headers.js';
import { jsonEncoder } from './json-encoder.js';
import { parsedError, type ResponseParser } from './parsed-error.js';
import { asError, failAs } from './request-error.js';
import { SharedEncodings } from './shared-encodings.js';
import { beforeLeaving, type HttpResponse, type HttpTransport } from './transport.js';

export interface HttpSinkOptions<E = AnalyticsEvent> {
  /** Where batches are posted to: `http:` or `https:`, without user name and password. In a browser it may be relative to the document's base URL. */
  readonly url: string | URL;
  /**
   * Added to every request; they replace the sink's own headers. A function is called for each request, may be asynchronous, and is called once more
   * after 401 and 403. While a page is being left, the last resolved headers are used instead of a promise. @default none
   */
  readonly headers?: HeadersOption | undefined;
  /** Creates the body of a batch. @default jsonEncoder */
  readonly encode?: Encoder<E> | undefined;
  /** `'gzip'` compresses bodies above `compressAboveBytes` if the runtime has a `CompressionStream`, unless a page is being left. @default false */
  readonly compress?: 'gzip' | false | undefined;
  /** Bodies of up to this number of bytes are not compressed. @default 1_024 */
  readonly compressAboveBytes?: number | undefined;
  /** Maximum bytes of a body, before compression. A longer batch is sent as several requests; a longer event fails. @default 512_000 */
  readonly maxBodyBytes?: number | undefined;
  /** Maximum number of events in a body. A longer batch is sent as several requests. @default Infinity */
  readonly maxBodyEvents?: number | undefined;
  /** Events with different keys are sent in different requests; keys are compared as in a Map. @default all events have the same key */
  readonly requestKey?: ((event: E) => unknown) | undefined;
  /** Sends the requests. The sink's `close` closes the transport's idle connections. @default fetchTransport() */
  readonly transport?: HttpTransport | undefined;
  /** Reads outcomes of single events from answers with any status. @default the status applies to all events of the request */
  readonly parseResponse?: ResponseParser<E> | undefined;
  /** Statuses after which the batch is sent again. @default 408, 425, 429 and all of 5xx */
  readonly retryStatuses?: readonly number[] | undefined;
  /** Unique within a collector. @default 'http' */
  readonly name?: string | undefined;
  /** The clock for `stamp` of the encoder, and for a date in `Retry-After` if the answer has no `Date`. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<HttpSinkOptions<never>, 'requestKey' | 'transport' | 'parseResponse' | 'retryStatuses'>(() => ({
  url: /* @__PURE__ */ secret(anything),
  headers: [/* @__PURE__ */ secret(anything), {}],
  encode: [anEncoder, jsonEncoder],
  compress: [/* @__PURE__ */ oneOf(['gzip', false]), false],
  compressAboveBytes: [/* @__PURE__ */ anInteger(0), 1_024],
  maxBodyBytes: [/* @__PURE__ */ anInteger(1, true), 512_000],
  maxBodyEvents: [/* @__PURE__ */ anInteger(1, true), Infinity],
  requestKey: [aFunction],
  transport: [aFunction],
  parseResponse: [aFunction],
  retryStatuses: [
    {
      expected: 'an array of statuses from 300 to 599',
      accepts: (value) => Array.isArray(value) && value.every((status) => Number.isInteger(status) && status >= 300 && status < 600),
    },
  ],
  name: [aNonEmptyString, 'http'],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Posts each batch to a server.
 *
 * ```
 * batch ─► requestKey ─► encode (once, for all sinks with the encoder) ─► divide, above maxBodyBytes, maxBodyEvents ─► stamp ─► gzip
 *                                                                                status, parseResponse ◄─ transport ◄┘
 * ```
 *
 * | answer | the attempt |
 * |---|---|
 * | 2xx | succeeds |
 * | none, 408, 425, 429, 5xx | `unavailable`: retried, after the delay of `Retry-After` |
 * | 401, 403 | the same request once more, if `headers` is a function; then `rejected` |
 * | 413 | `too_large`: the lane halves the batch, and later bodies are shorter |
 * | 400, 422 | `rejected`: the lane halves the batch to find the event to blame |
 * | others, and redirects, unless the transport follows them | `rejected` |
 *
 * `parseResponse` is called first, and can settle single events in three ways: delivered, refused permanently, or to be sent again. It can also return
 * details that complete the status (`AnswerDetails`).
 *
 * The header `idempotency-key` is the batch's id, the same at every retry. A batch that has several keys, or is too long for one request, is divided
 * into batches with the ids `ID/1`, `ID/2` …, which are sent one after the other; events are not divided, and the order within a key is kept. If one
 * of them fails, the error names exactly the events that were not delivered. After a retryable failure, the remaining parts are not sent.
 *
 * An event that can't be encoded (`NOT_ENCODABLE`, `rejected`) or is longer than `maxBodyBytes` (`BODY_TOO_LARGE`, `too_large`) fails alone; the others are sent.
 *
 * While a page is being left (see `pageTransport`), `process` hands the whole batch to the browser before it returns: uncompressed, all parts
 * concurrently, in bodies that fit into the bytes that the browser still sends for the page.
 *
 * The sink itself has no retries, timeouts or log: its lane has them. An aborted signal ends the request at any stage. Attempts may overlap.
 *
 * @throws TypeError for an invalid or unknown option; the message never shows the URL or a header's value
 * @example
 * const answer = { status: 401, header: () => undefined, text: async () => '', discard: () => undefined };
 * const sink = httpSink({ url: 'https://example.org/events', headers: { authorization: 'Bearer 1234' }, transport: async () => answer });
 * const collector = new EventCollector({ sinks: [sink] });
 * const codes: string[] = [];
 * collector.deadLetters$.subscribe(({ error }) => codes.push(error.code));
 * collector.collect({ type: 'feature_used' });
 * await collector.shutdown();
 * expect(codes).to.deep.equal(['HTTP_401']);
 */
export function httpSink<E = AnalyticsEvent>(options: HttpSinkOptions<E>): EventSink<E> {
  const parsed = OPTIONS.parse(options);
  const { compress, compressAboveBytes, maxBodyBytes, maxBodyEvents, parseResponse, retryStatuses, name, scheduler } = parsed;
  const encode = parsed.encode as Encoder<E>;
  const transport = parsed.transport ?? fetchTransport();
  const url = checkedUrl(parsed.url);
  const headersOf = headersSource(parsed.headers, transport, checkedHeaders);
  const canRenewHeaders = typeof parsed.headers === 'function';
  const bytesLeft = (): number | undefined => transport.keepaliveBytesLeft?.();

  const compresses = compress === 'gzip' && typeof CompressionStream === 'function';
  const encodings = SharedEncodings.of<E>(encode);
  encodings.join();
  const limit = new BodyLimit();
  let isClosed = false;
  /** One request. Calls the transport synchronously, unless the body is compressed or the headers are asynchronous. */
  async function request(batch: EventBatch<E>, encoding: Encoding, context: AttemptContext): Promise<HttpResponse> {
    const sent = encode.stamp === undefined ? encoding : stamped(encode.stamp, encoding, scheduler.now());
    const isCompressed = compresses && bytesLeft() === undefined && sent.exceeds(compressAboveBytes);
    const body = isCompressed ? await beforeLeaving(transport, sent.gzipped(), () => sent.body) : sent.body;
    const given = headersOf();
    const added = isPromise(given) ? await given : given;
    if (isAborted(context)) throw new SinkError('unavailable', 'The attempt was aborted', { cause: context.signal.reason });
    return transport({
      url,
      method: 'POST',
      headers: {
        'content-type': encode.contentType,
        'idempotency-key': headerSafe(batch.id),
        ...(body !== sent.body && { 'content-encoding': 'gzip' }),
        ...added,
      },
      body,
      get signal() {
        return context.signal;
      },
      onAbort: context.onAbort && ((work) => context.onAbort?.(work)),
    });
  }

  return {
    name,
    async process(batch, context) {
      if (isClosed) throw new SinkError('write_failed', 'The sink is closed', { code: 'SINK_CLOSED', retryable: false });
      const failures = new Failures(batch);
      let mayRenewHeaders = canRenewHeaders;

      /** Sends a part. Resolves with the error that its answer means, if any. */
      const post = async (part: EventBatch<E>, encoding: Encoding): Promise<SinkError | undefined> => {
        let response = await request(part, encoding, context);
        if (mayRenewHeaders && (response.status === 401 || response.status === 403)) {
          mayRenewHeaders = false;
          discard(response);
          response = await request(part, encoding, context);
        }
        try {
          if (response.status === 413) limit.refused(encoding.bytes, part.events.length);
          const error = await parsedError(parseResponse as ResponseParser<E> | undefined, response, part);
          if (error === undefined) limit.taken(encoding.body.length);
          if (error === undefined || isSinkError(error)) return error;
          const head = { status: response.status, header: (key: string) => response.header(key) };
          return answerError(head, part.events, () => scheduler.now(), retryStatuses, error);
        } finally {
          discard(response);
        }
      };

      const division = new Division(batch, encodings, {
        maxBytes: maxBodyBytes,
        maxEvents: maxBodyEvents,
        preferredBytes: () => Math.min(limit.bytes, bytesLeft() ?? Infinity),
        keyOf: parsed.requestKey as ((event: E) => unknown) | undefined,
      });
      const unawaited: Promise<void>[] = [];
      /** Sends the portions that remain: one after the other, or all at once while a page is being left. */
      const sendRest = async (): Promise<void> => {
        for (let portion = division.next(); portion !== undefined; portion = division.next()) {
          const { batch: part, error: refusal } = portion;
          if (refusal !== undefined) {
            failures.add(refusal, part.events);
            continue;
          }
          const posted = post(part, portion.encoding).catch(asError('unavailable', undefined, 'No answer'));
          if (bytesLeft() !== undefined) {
            unawaited.push(
              posted.then((error) => {
                if (error !== undefined) failures.add(error, part.events);
              }),
            );
            continue;
          }
          const error = await posted;
          if (error === undefined) continue;
          failures.add(error, part.events);
          if (!error.retryable) continue;
          // Stop: the remaining parts would fail for the same reason.
          failures.addUnsent(division.rest);
          break;
        }
      };
      const cancel = transport.onLeaving?.(() => {
        unawaited.push(sendRest());
      });
      await sendRest().finally(cancel);
      await Promise.all(unawaited);
      const { error } = failures;
      if (error?.retryable !== true) encodings.done(batch);
      if (error !== undefined) throw error;
    },
    close() {
      if (isClosed) return EMPTY;
      isClosed = true;
      encodings.leave();
      transport.close?.();
      return EMPTY;
    },
  };
}

function stamped(stamp: NonNullable<Encoder['stamp']>, { body }: Encoding, now: number): Encoding {
  try {
    return new Encoding(stamp(body, now));
  } catch (error) {
    return failAs('write_failed', 'STAMP_FAILED', '`stamp` of the encoder failed')(error);
  }
}

/** The signal of a lane's context is not read, since reading would create it: `onAbort` is enough to end the request. */
function isAborted(context: AttemptContext): boolean {
  return context.onAbort === undefined && context.signal.aborted;
}

/** Discards an answer. An error here must not change the outcome of its status. */
function discard(response: HttpResponse): void {
  try {
    response.discard();
  } catch {
    // A user's transport may throw.
  }
}
