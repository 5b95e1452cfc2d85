import { EMPTY, type SchedulerLike } from 'rxjs';
import { isSinkError, SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkKeys } from '../internal/check-keys.js';
import { aFunction, aNonEmptyString, anInteger, aScheduler, checkArgument, oneOf } from '../internal/check-option.js';
import { failedEvents } from '../lane/failed-events.js';
import type { EventSink } from '../sink/sink.js';
import { answerError } from './answer-error.js';
import { checkedUrl } from './checked-url.js';
import { Division } from './division.js';
import { anEncoder, type Encoder } from './encoder.js';
import type { Encoding } from './encoding.js';
import { Failures } from './failures.js';
import { fetchTransport } from './fetch-transport.js';
import { headerSafe, headersSource, type HeadersOption } from './http-headers.js';
import { jsonEncoder } from './json-encoder.js';
import { SharedEncodings } from './shared-encodings.js';
import type { HttpResponse, HttpTransport } from './transport.js';

/** An answer as `parseResponse` reads it. */
export type HttpAnswer = Pick<HttpResponse, 'status' | 'header' | 'text'>;

/**
 * What a 2xx answer says: the events that failed for good, or their ids; or an error that says more, such as that a retry may help. What is not in
 * the batch counts for nothing; where only such is named, it is not known which events failed, and all of them are booked as `rejected`.
 */
export type ParsedResponse = SinkError | readonly unknown[] | undefined;

export interface HttpSinkOptions<E = AnalyticsEvent> {
  /** Where batches are posted to: `http:` or `https:`, without user name and password; in a browser relative to the page, if you like. */
  readonly url: string | URL;
  /** Added to every request, and stronger than the sink's own. A function is asked at each attempt, and may be asynchronous. @default none */
  readonly headers?: HeadersOption | undefined;
  /** Makes the body of a batch. @default jsonEncoder */
  readonly encode?: Encoder<E> | undefined;
  /** `'gzip'` zips bodies above `compressAboveBytes`, where the runtime has a `CompressionStream`. @default false */
  readonly compress?: 'gzip' | false | undefined;
  /** Bytes of a body up to which zipping isn't worth it. @default 1_024 */
  readonly compressAboveBytes?: number | undefined;
  /** Bytes of a body, before it is zipped. A batch beyond it goes as several requests; an event alone beyond it fails. @default 512_000 */
  readonly maxBodyBytes?: number | undefined;
  /** Sends the requests. `close` of the sink lets go of its idle connections. @default fetchTransport() */
  readonly transport?: HttpTransport | undefined;
  /** Reads a 2xx answer that speaks of single events, such as `ingestReport`; `batch` holds those of the request. @default a 2xx has taken all of them */
  readonly parseResponse?: ((response: HttpAnswer, batch: EventBatch<E>) => ParsedResponse | Promise<ParsedResponse>) | undefined;
  /** Unique within a collector. @default 'http' */
  readonly name?: string | undefined;
  /** The clock by which a date in `Retry-After` is read. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Posts each batch to a server.
 *
 * ```
 * batch ─► encode (once, for all sinks with the encoder) ─► divide, above maxBodyBytes ─► gzip ─► transport ─► status, parseResponse
 * ```
 *
 * | answer | the attempt |
 * |---|---|
 * | 2xx | succeeds, but for the events that `parseResponse` names |
 * | none, 408, 425, 429, 5xx | `unavailable`, to be retried, `Retry-After` heeded |
 * | 413 | `too_large`: the lane halves the batch |
 * | other 4xx, and redirects, unless the transport follows them | `rejected` |
 *
 * The header `idempotency-key` is the batch's id, the same at every retry. The parts of a batch that is too long for one request are batches of their own
 * with the ids `ID/1`, `ID/2` …, sent one after the other; each event stays whole, and the order is kept. When one of them fails, the error names exactly
 * the events that were not delivered.
 *
 * An event that can't be encoded (`NOT_ENCODABLE`, `rejected`) or is alone above `maxBodyBytes` (`BODY_TOO_LARGE`, `too_large`) fails alone; the others are sent.
 *
 * The sink never retries, times out or logs: its lane does. An aborted signal ends the request, whatever it is doing. Attempts may overlap.
 *
 * @throws TypeError for an option outside its range, or one that there is not; the message never shows the URL or a header's value
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
  checkKeys(options, {
    url: true,
    headers: true,
    encode: true,
    compress: true,
    compressAboveBytes: true,
    maxBodyBytes: true,
    transport: true,
    parseResponse: true,
    name: true,
    scheduler: true,
  });
  const { headers = {}, encode = jsonEncoder, compress = false, compressAboveBytes = 1_024, maxBodyBytes = 512_000 } = options;
  const { transport = fetchTransport(), parseResponse, name = 'http', scheduler = backgroundScheduler } = options;
  const url = checkedUrl(options.url);
  const headersOf = headersSource(headers);
  checkArgument('encode', encode, anEncoder);
  checkArgument('compress', compress, oneOf(['gzip', false]));
  checkArgument('compressAboveBytes', compressAboveBytes, anInteger(0));
  checkArgument('maxBodyBytes', maxBodyBytes, anInteger(1, true));
  checkArgument('transport', transport, aFunction);
  if (parseResponse !== undefined) checkArgument('parseResponse', parseResponse, aFunction);
  checkArgument('name', name, aNonEmptyString);
  checkArgument('scheduler', scheduler, aScheduler);

  const zips = compress === 'gzip' && typeof CompressionStream === 'function';
  const encodings = SharedEncodings.of<E>(encode);
  encodings.join();
  let isClosed = false;

  /** One request, and what its answer says against it. */
  async function post(batch: EventBatch<E>, encoding: Encoding, signal: AbortSignal): Promise<SinkError | undefined> {
    const zipped = zips && encoding.exceeds(compressAboveBytes) ? await encoding.gzipped() : undefined;
    const added = await headersOf().catch(failAs('unavailable', 'HEADERS_FAILED', 'The headers could not be had'));
    if (signal.aborted) throw new SinkError('unavailable', 'The attempt was given up', { cause: signal.reason });
    const response = await transport({
      url,
      method: 'POST',
      headers: {
        'content-type': encode.contentType,
        'idempotency-key': headerSafe(batch.id),
        ...(zipped !== undefined && { 'content-encoding': 'gzip' }),
        ...added,
      },
      body: zipped ?? encoding.body,
      signal,
    });
    try {
      return answerError(response, () => scheduler.now()) ?? (await refusal(response, batch));
    } finally {
      response.discard();
    }
  }

  /** What a 2xx answer says against single events. */
  async function refusal(response: HttpResponse, batch: EventBatch<E>): Promise<SinkError | undefined> {
    if (parseResponse === undefined) return undefined;
    const answer: HttpAnswer = {
      status: response.status,
      header: (header) => response.header(header),
      text: () => response.text().catch(failAs('unavailable', 'ANSWER_BROKEN', 'The answer could not be read')),
    };
    const parse = async (): Promise<ParsedResponse> => parseResponse(answer, batch);
    const named = await parse().catch(failAs('write_failed', 'PARSE_RESPONSE_FAILED', '`parseResponse` failed'));
    if (named === undefined || isSinkError(named)) return named;
    const failed = Array.from(named, (each) => (typeof each === 'string' ? { id: each } : each));
    return failed.length === 0
      ? undefined
      : new SinkError('rejected', 'The answer names events that failed', { code: 'PARTLY_REJECTED', failed });
  }

  return {
    name,
    async process(batch, { signal }) {
      if (isClosed) throw new SinkError('write_failed', 'The sink is closed', { code: 'SINK_CLOSED', retryable: false });
      const division = new Division(batch, encodings, maxBodyBytes);
      const failures = new Failures(batch);
      for (let portion = division.next(); portion !== undefined; portion = division.next()) {
        const { batch: part } = portion;
        const error = portion.error ?? (await post(part, portion.encoding, signal).catch(asError('unavailable', undefined, 'No answer')));
        if (error === undefined) continue;
        failures.add(error, failedEvents(part.events, error.failed));
        if (!error.retryable) continue;
        // What keeps this part from being taken would keep the others, too.
        failures.add(error, division.rest);
        break;
      }
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

/** Whatever was thrown, as an error of this kind; a `SinkError` stays what it is. Where there is no code, it is the system's: `'ECONNRESET'`. */
function asError(kind: SinkErrorKind, ownCode: string | undefined, message: string): (thrown: unknown) => SinkError {
  return (thrown) => {
    if (isSinkError(thrown)) return thrown;
    const code = ownCode ?? systemCodeOf(thrown);
    return new SinkError(kind, message, { ...(code !== undefined && { code }), cause: thrown });
  };
}

function failAs(kind: SinkErrorKind, code: string, message: string): (thrown: unknown) => never {
  const toError = asError(kind, code, message);
  return (thrown) => {
    throw toError(thrown);
  };
}

/** `fetch` hides it in the cause. */
function systemCodeOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return [code, cause?.code].find((each) => typeof each === 'string');
}
