import type * as t from 'io-ts';
import type { SchedulerLike } from 'rxjs';
import { aCodec } from '../codecs/expectations.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkKeys } from '../internal/check-keys.js';
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
import { answer, refusalAnswer } from './answer.js';
import type { Authorize } from './authorize.js';
import { bodyFormat } from './body-format.js';
import { corsFrom, type CorsOptions } from './cors.js';
import { eventInputCodec } from './event-input-codec.js';
import { resolveLimits, type IngestLimitsPatch } from './ingest-limits.js';
import { parseBody } from './parse-body.js';
import { readBody } from './read-body.js';
import { Refusal } from './refusal.js';
import { SeenIds } from './seen-ids.js';
import { takeEvents } from './take-events.js';

export interface DedupeOptions {
  /** Ids that are remembered, about 200 bytes each. @default 100_000 */
  readonly maxIds?: number | undefined;
  /** Milliseconds for which an id is remembered: longer than clients go on trying. @default 900_000 (15 minutes) */
  readonly windowMs?: number | undefined;
}

export interface IngestOptions<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Where the events go. */
  readonly collector: Pick<EventCollector<E>, 'collect' | 'stats'>;
  /** The only path that is served, such as `'/events'`; a 404 for any other. @default every path */
  readonly path?: string | undefined;
  /** Who may bring events: `bearerKeys([…])`, `apiKey([…])`, or a function. @default everybody */
  readonly authorize?: Authorize | undefined;
  /** Which other origins' pages may. @default none: their browsers refuse to send, but for what needs no leave */
  readonly cors?: CorsOptions | undefined;
  /** What a request may cost. */
  readonly limits?: IngestLimitsPatch | undefined;
  /** What an event is, for instance a tracking plan's `codec`. @default `eventInputCodec` */
  readonly decode?: t.Decoder<unknown, EventInput<E>> | undefined;
  /** So that what is sent twice is taken once; `false`: events are taken as often as they come. */
  readonly dedupe?: DedupeOptions | false | undefined;
  /** Milliseconds after which a client may come back when there was no room, told in whole seconds. @default 1_000 */
  readonly retryAfterMs?: number | undefined;
  /** Told what `authorize` has thrown, or anything else that should not have been; the client gets a 500. @default nobody is told */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** @default backgroundScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * An endpoint that takes events in: from `httpSink`, from pages, from whatever can send JSON.
 *
 * It takes a web-standard `Request` and always resolves with a `Response`, so that it stands in any server that knows them; `nodeListener` makes
 * a listener for `node:http` of it. Bodies are a JSON list of events, one event, a batch as `httpSink` sends it, NDJSON, or CloudEvents 1.0
 * (one, or a batch); plain or in gzip.
 *
 * | status | body | a client |
 * |---|---|---|
 * | 202 | `IngestReport` | is done; what is in `invalid` would never be taken |
 * | 429, with `Retry-After` | `IngestReport` with `retryFrom` | sends the rest, or everything, again: a lane has no room |
 * | 503 | `IngestReport` with `retryFrom` | does the same, but later or elsewhere: the collector is closed |
 * | 408, 500 | `{ error: { code, message } }` | sends it again |
 * | 413 | the same | sends less at once |
 * | 400, 401, 403, 404, 405, 415 | the same | gives up |
 *
 * A body is read as a whole before its first event is taken, within `limits` and until the request's signal is aborted; events with an id are taken
 * once within the `dedupe` window, so that a request which is made again after an answer was lost is answered as a success. Of a CloudEvent that is
 * none of ours, `source` and `id` together are the id. Ids, timestamps and weights that clients send are kept; what
 * they leave out is filled in by the collector, by its clock. Answers tell of a bad value its path, what was expected and the value's kind, and never the
 * value.
 *
 * @throws TypeError for an option outside its range, or one that there is not
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
  checkKeys(options, {
    collector: true,
    path: true,
    authorize: true,
    cors: true,
    limits: true,
    decode: true,
    dedupe: true,
    retryAfterMs: true,
    onError: true,
    scheduler: true,
  });
  const { collector, path, authorize, dedupe = {}, retryAfterMs = 1_000, onError, scheduler = backgroundScheduler } = options;
  const codec = options.decode ?? (eventInputCodec as unknown as t.Decoder<unknown, EventInput<E>>);
  checkArgument('collector', collector, aTaker);
  if (path !== undefined) checkArgument('path', path, aPath);
  if (authorize !== undefined) checkArgument('authorize', authorize, aFunction);
  if (onError !== undefined) checkArgument('onError', onError, aFunction);
  checkArgument('decode', codec, aCodec);
  checkArgument('retryAfterMs', retryAfterMs, aDelay(0));
  checkArgument('scheduler', scheduler, aScheduler);
  const limits = resolveLimits(options.limits);
  const cors = corsFrom(options.cors);
  const seen = seenIds(dedupe, scheduler);
  const retryAfter = { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) };

  const served = async (request: Request): Promise<Response> => {
    if (path !== undefined && new URL(request.url).pathname !== path) throw new Refusal(404, 'NOT_FOUND', `Expected the path ${path}`);
    if (cors.isPreflight(request)) return new Response(null, { status: 204, headers: cors.preflightHeaders(request) });
    if (request.method !== 'POST') throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Expected a POST', { allow: 'POST' });
    cors.check(request);
    if (authorize !== undefined) await admitted(request, authorize);
    const format = bodyFormat(request.headers.get('content-type'));
    const items = parseBody(await readBody(request, limits, scheduler), format, limits.events);
    const { report, obstacle } = takeEvents(items, { collector, codec, limits, seen });
    if (obstacle === 'busy') return answer(429, report, retryAfter);
    return answer(obstacle === 'closed' ? 503 : 202, report);
  };

  return async (request) => {
    let response: Response;
    let corsHeaders: Readonly<Record<string, string>> = {};
    try {
      corsHeaders = cors.headers(request);
      response = await served(request);
    } catch (error) {
      if (!(error instanceof Refusal)) report(error);
      response = refusalAnswer(error instanceof Refusal ? error : new Refusal(500, 'FAILED', 'The server has failed, not you'));
    }
    for (const [name, value] of Object.entries(corsHeaders)) response.headers.set(name, value);
    return response;
  };

  function report(error: unknown): void {
    try {
      onError?.(error);
    } catch {
      // A client's request is no place for what goes wrong while something is reported.
    }
  }
}

/** Whatever collects and counts: nothing else is asked of it. */
const aTaker: Expectation = {
  expected: 'a collector',
  accepts: (value) => isObject(value) && isFunction(value.collect) && isFunction(value.stats),
};

const aPath = {
  expected: "a path that begins with '/', without a query",
  accepts: (value: unknown) => typeof value === 'string' && /^\/[^?#]*$/.test(value),
};

async function admitted(request: Request, authorize: Authorize): Promise<void> {
  const authorization: unknown = await authorize(request);
  if (authorization === true) return;
  const isUnknown = authorization === 401 || (authorization === false && !request.headers.has('authorization'));
  if (isUnknown) throw new Refusal(401, 'UNAUTHORIZED', 'Expected a known key', { 'www-authenticate': 'Bearer' });
  throw new Refusal(403, 'FORBIDDEN', 'Expected someone who may send events');
}

function seenIds(dedupe: DedupeOptions | false, scheduler: SchedulerLike): SeenIds | undefined {
  if (dedupe === false) return undefined;
  checkArgument('dedupe', dedupe, { ...anObject, expected: 'an object or `false`' });
  checkKeys(dedupe, { maxIds: true, windowMs: true }, 'dedupe');
  const { maxIds = 100_000, windowMs = 900_000 } = dedupe;
  checkArgument('dedupe.maxIds', maxIds, anInteger(1));
  checkArgument('dedupe.windowMs', windowMs, aDelay(1));
  return new SeenIds(maxIds, windowMs, () => scheduler.now());
}
