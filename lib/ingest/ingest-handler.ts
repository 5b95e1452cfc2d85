import type * as t from 'io-ts';
import type { SchedulerLike } from 'rxjs';
import { aCodec } from '../codecs/expectations.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import {
  aDelay,
  aFunction,
  anInteger,
  anObject,
  aScheduler,
  checkArgument,
  isFunction,
  isObject,
  type Expectation,
} from '../internal/check-option.js';
import { optionsOf, type OptionTable, type Parsed } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import { answer, refusalAnswer } from './answer.js';
import type { Authorize } from './authorize.js';
import { bodyFormat } from './body-format.js';
import { checkOrigin, CORS, corsFrom, type CorsDecision, type CorsOptions } from './cors.js';
import { eventInputCodec } from './event-input-codec.js';
import { LIMITS, type IngestLimits, type IngestLimitsPatch } from './ingest-limits.js';
import { parseBody } from './parse-body.js';
import { readBody } from './read-body.js';
import { Refusal } from './refusal.js';
import { SeenIds } from './seen-ids.js';
import { takeEvents } from './take-events.js';

export interface DedupeOptions {
  /** Maximum number of ids to remember, about 200 bytes each. A foreign CloudEvent needs two. @default 100_000 */
  readonly maxIds?: number | undefined;
  /** Milliseconds for which an id is remembered; should be longer than clients retry. @default 900_000 (15 minutes) */
  readonly windowMs?: number | undefined;
}

export interface IngestOptions<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Receives the events. */
  readonly collector: Pick<EventCollector<E>, 'collect' | 'stats'>;
  /** The path to serve, such as `'/events'`; others get a 404. @default every path */
  readonly path?: string | undefined;
  /** Decides which requests may send events: `bearerKeys([…])`, `apiKey([…])`, or a function. @default all */
  readonly authorize?: Authorize | undefined;
  /** Other origins whose pages may send events. @default none: browsers then send only requests without a preflight */
  readonly cors?: CorsOptions | undefined;
  /** Limits of a request. */
  readonly limits?: IngestLimitsPatch | undefined;
  /** Decodes an event, for instance a tracking plan's `codec`. @default `eventInputCodec` */
  readonly decode?: t.Decoder<unknown, EventInput<E>> | undefined;
  /** Accepts an event only once even if it is sent repeatedly; `false` disables this. */
  readonly dedupe?: DedupeOptions | false | undefined;
  /**
   * Milliseconds by which an event's time may be ahead of the server's clock. A later time is replaced by the time of arrival. `Infinity` allows any.
   * @default 86_400_000 (a day)
   */
  readonly maxAheadMs?: number | undefined;
  /** Milliseconds after which a client should retry when there is no capacity; sent in whole seconds. @default 1_000 */
  readonly retryAfterMs?: number | undefined;
  /** Called with each error behind a 500, such as one thrown by `authorize`. @default none */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The clock, and the timer of `limits.readTimeoutMs`. @default backgroundScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const DEDUPE = /* @__PURE__ */ optionsOf<DedupeOptions>(() => ({
  maxIds: [/* @__PURE__ */ anInteger(1), 100_000],
  windowMs: [/* @__PURE__ */ aDelay(1), 900_000],
}));

const DEDUPE_OR_FALSE: OptionTable<DedupeOptions | false> = {
  ...DEDUPE,
  parse: (options, context) => (options === false ? false : DEDUPE.parse(options, context)),
};

const aPath: Expectation = {
  expected: "a path that begins with '/', without a query",
  accepts: (value) => typeof value === 'string' && /^\/[^?#]*$/.test(value),
};

/** The members of a collector that the handler needs. */
const aReceiver: Expectation = {
  expected: 'a collector',
  accepts: (value) => isObject(value) && isFunction(value.collect) && isFunction(value.stats),
};

const aDuration: Expectation = {
  expected: 'a number of milliseconds ≥ 0, or Infinity',
  accepts: (value) => typeof value === 'number' && value >= 0,
};

const OPTIONS = /* @__PURE__ */ optionsOf<IngestOptions, 'path' | 'authorize' | 'cors' | 'onError'>(() => ({
  collector: aReceiver,
  path: [aPath],
  authorize: [aFunction],
  cors: [CORS],
  limits: LIMITS,
  decode: [aCodec, eventInputCodec],
  dedupe: DEDUPE_OR_FALSE,
  maxAheadMs: [aDuration, 86_400_000],
  retryAfterMs: [/* @__PURE__ */ aDelay(), 1_000],
  onError: [aFunction],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * An endpoint that receives events: from `httpSink`, from pages, from any client that sends JSON.
 *
 * It accepts a web-standard `Request` and always resolves with a `Response`, so it works in every server that uses them; `nodeListener` adapts it to
 * `node:http`. Bodies are a JSON list of events, one event, a batch as `httpSink` sends it, NDJSON, or CloudEvents 1.0 (one, or a batch),
 * uncompressed or in gzip.
 *
 * | status | body | the client should |
 * |---|---|---|
 * | 202 | `IngestReport` | be done; events in `invalid` would never be accepted |
 * | 429, with `Retry-After` | `IngestReport` with `retryFrom` | send the rest, or everything, again: a lane is full |
 * | 503 | `IngestReport` with `retryFrom` | do the same, later or elsewhere: the collector is closed |
 * | 408, 500 | `{ error: { code, message } }` | send it again |
 * | 413 | the same | send fewer events per request |
 * | 400, 401, 403, 404, 405, 415 | the same | give up |
 *
 * A body is read completely before its first event is collected, within `limits` and until the request's signal is aborted. Events with an id are
 * accepted once within the `dedupe` window: a request that is repeated because its answer was lost succeeds again. A CloudEvent from elsewhere is
 * identified by `source` and `id` together; if another one has its `id`, it becomes `<source>#<id>`.
 *
 * Ids and weights that clients send are kept. Times are corrected only if the client's clock is known to be wrong: a `sentAt` in the event or next to
 * the `events` of a batch (`sentat` in a CloudEvent) is compared with the time of arrival, and the difference is added to the event's time. Then
 * `maxAheadMs` applies. If the time is changed, the original is kept in `metadata.originalTimestamp`. The collector fills in missing fields.
 *
 * An answer describes an invalid value by its path, its type and the expected type, and never contains the value.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = new MemorySink();
 * const collector = new EventCollector({ sinks: [sink] });
 * const handle = ingestHandler({ collector, authorize: bearerKeys(['k-1']) });
 * const body = JSON.stringify([{ type: 'page_viewed' }, { type: 7 }]);
 * const response = await handle(new Request('https://example.org/', { method: 'POST', body, headers: { authorization: 'Bearer k-1' } }));
 * expect(response.status).to.equal(202);
 * const { accepted, invalid } = (await response.json()) as IngestReport;
 * expect(accepted).to.equal(1);
 * expect(invalid).to.deep.equal([{ index: 1, faults: [{ path: 'type', expected: 'non-empty string', got: 'a number' }] }]);
 * await collector.shutdown();
 */
export function ingestHandler<E extends AnalyticsEvent = AnalyticsEvent>(
  options: IngestOptions<E>,
): (request: Request) => Promise<Response> {
  if (aReceiver.accepts(options) && !('collector' in options))
    throw new TypeError('Expected `options` to be an object, got a collector. Did you mean `ingestHandler({ collector })`?');
  checkArgument('options', options, anObject);
  const parsed = OPTIONS.parse(options);
  const { path, authorize, maxAheadMs, retryAfterMs, onError, scheduler } = parsed;
  const collector = parsed.collector as IngestOptions<E>['collector'];
  const codec = parsed.decode as t.Decoder<unknown, EventInput<E>>;
  const limits = parsed.limits as IngestLimits;
  const cors = corsFrom(parsed.cors as Parameters<typeof corsFrom>[0]);
  const seen = seenIds(parsed.dedupe as Parsed<DedupeOptions> | false, scheduler);
  const retryAfter = { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) };

  const responseTo = async (request: Request, origin: CorsDecision, receivedAt: number): Promise<Response> => {
    if (path !== undefined && new URL(request.url).pathname !== path) throw new Refusal(404, 'NOT_FOUND', `Expected the path ${path}`);
    if (cors.isPreflight(request)) return new Response(null, { status: 204, headers: origin.preflightHeaders });
    if (request.method !== 'POST') throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Expected a POST', { allow: 'POST' });
    checkOrigin(origin);
    if (authorize !== undefined) await checkAuthorization(request, authorize);
    const format = bodyFormat(request.headers.get('content-type'));
    const items = parseBody(await readBody(request, limits, scheduler), format, limits);
    const clock = { receivedAt, maxAheadMs };
    const { report, obstacle } = takeEvents(items, { collector, codec, limits, clock, seen });
    if (obstacle === 'busy') return answer(429, report, retryAfter);
    return answer(obstacle === 'closed' ? 503 : 202, report);
  };

  return async (request) => {
    const receivedAt = scheduler.now();
    let response: Response;
    let corsHeaders: Readonly<Record<string, string>> = {};
    try {
      const origin = await cors.decide(request);
      corsHeaders = origin.headers;
      response = await responseTo(request, origin, receivedAt);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'FAILED', 'The server failed to handle the request');
      if (refusal.status === 500) report(error);
      response = refusalAnswer(refusal);
    }
    for (const [name, value] of Object.entries(corsHeaders)) response.headers.set(name, value);
    return response;
  };

  function report(error: unknown): void {
    try {
      onError?.(error);
    } catch {
      // An error of the callback must not fail a client's request.
    }
  }
}

async function checkAuthorization(request: Request, authorize: Authorize): Promise<void> {
  const authorization: unknown = await authorize(request);
  if (authorization === true) return;
  const isUnknown = authorization === 401 || (authorization === false && !request.headers.has('authorization'));
  if (isUnknown) throw new Refusal(401, 'UNAUTHORIZED', 'Expected a valid key', { 'www-authenticate': 'Bearer' });
  throw new Refusal(403, 'FORBIDDEN', 'The sender may not send events here');
}

function seenIds(dedupe: Parsed<DedupeOptions> | false, scheduler: SchedulerLike): SeenIds | undefined {
  if (dedupe === false) return undefined;
  const { maxIds, windowMs } = dedupe;
  // Elapsed time: if the wall clock were set back, ids would be kept for longer.
  return new SeenIds(
    maxIds,
    windowMs,
    steadyClock(() => scheduler.now()),
  );
}
