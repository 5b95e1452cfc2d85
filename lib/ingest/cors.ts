import { aBoolean, aFunction, anArray, anInteger, aNonEmptyString, checkArgument, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { Refusal } from './refusal.js';

export interface CorsOptions {
  /**
   * Origins whose pages may send events: `'*'` for all, a list of origins (`'https://example.org'`), or a predicate, which may return a promise.
   * Only `true` allows.
   */
  readonly origins: '*' | readonly string[] | ((origin: string) => boolean | Promise<boolean>);
  /** Whether those pages may send cookies. Not with `'*'`. @default false */
  readonly credentials?: boolean | undefined;
  /** Seconds for which a browser may cache the answer to a preflight. @default 7_200 */
  readonly maxAgeSeconds?: number | undefined;
}

/** The CORS policy of one handler. */
export interface Cors {
  /** Whether the request is a CORS preflight. */
  isPreflight(request: Request): boolean;
  /** Decides on a request's origin. Rejects with the error of the predicate. */
  decide(request: Request): Promise<CorsDecision>;
}

export interface CorsDecision {
  /** Whether the request may send events: its origin is allowed or the endpoint's own, or it has none. */
  readonly isAllowed: boolean;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Additional headers of the answer to a preflight. */
  readonly preflightHeaders: Readonly<Record<string, string>>;
}

const anOrigin: Expectation = {
  expected: "an origin such as 'https://example.org'",
  accepts: (value) => aNonEmptyString.accepts(value) && (value === 'null' || originOf(value as string) === value),
};

const someOrigins: Expectation = {
  expected: "'*', a list of origins or a function",
  accepts: (value) => value === '*' || aFunction.accepts(value) || anArray.accepts(value),
};

export const CORS = /* @__PURE__ */ optionsOf<CorsOptions>(() => ({
  origins: someOrigins,
  credentials: [aBoolean, false],
  maxAgeSeconds: [/* @__PURE__ */ anInteger(0), 7_200],
}));

/** @throws TypeError for an invalid origin, and for `credentials` with `'*'` */
export function corsFrom(options: ReturnType<typeof CORS.parse> | undefined): Cors {
  if (options === undefined) return NONE;
  const { origins, credentials, maxAgeSeconds } = options;
  if (origins === '*' && credentials) throw new TypeError("Expected `cors.credentials` to be `false` where `cors.origins` is `'*'`");
  if (Array.isArray(origins)) origins.forEach((origin, index) => checkArgument(`cors.origins.${String(index)}`, origin, anOrigin));
  const isListed = predicateOf(origins);

  const headersFor = (origin: string | null, isAllowed: boolean): Readonly<Record<string, string>> => {
    if (origins === '*') return { 'access-control-allow-origin': '*', ...EXPOSED };
    if (origin === null || !isAllowed) return VARIES;
    return {
      ...VARIES,
      ...EXPOSED,
      'access-control-allow-origin': origin,
      ...(credentials && { 'access-control-allow-credentials': 'true' }),
    };
  };
  return {
    isPreflight: (request) => request.method === 'OPTIONS' && request.headers.has('access-control-request-method'),
    decide: async (request) => {
      const origin = request.headers.get('origin');
      // A promise is truthy: only a literal `true` allows.
      const isAllowed = origin !== null && ((await isListed(origin)) as unknown) === true;
      return {
        isAllowed: isAllowed || origin === null || isSameOrigin(origin, request.url),
        headers: headersFor(origin, isAllowed),
        preflightHeaders: {
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': requestedHeaders(request),
          'access-control-max-age': String(maxAgeSeconds),
        },
      };
    },
  };
}

/** @throws Refusal for an origin that may not send events */
export function checkOrigin({ isAllowed }: CorsDecision): void {
  if (!isAllowed) throw new Refusal(403, 'ORIGIN_NOT_ALLOWED', 'Pages of this origin may not send events here');
}

const NO_DECISION: CorsDecision = { isAllowed: true, headers: {}, preflightHeaders: {} };
const NONE: Cors = { isPreflight: () => false, decide: () => Promise.resolve(NO_DECISION) };
const VARIES = { vary: 'Origin' };
/** Scripts of a page can only read the headers listed here. */
const EXPOSED = { 'access-control-expose-headers': 'Retry-After' };

function predicateOf(origins: CorsOptions['origins']): (origin: string) => boolean | Promise<boolean> {
  if (typeof origins === 'function') return origins;
  const listed = new Set(origins);
  return (origin) => origins === '*' || listed.has(origin);
}

/** Behind a proxy that terminates TLS, the scheme of the request is not the client's. */
function isSameOrigin(origin: string, url: string): boolean {
  return originOf(origin.replace(/^https:/, 'http:')) === originOf(url.replace(/^https:/, 'http:'));
}

/** Allows every requested header: the handler ignores unknown ones. */
function requestedHeaders({ headers }: Request): string {
  const requested = headers.get('access-control-request-headers') ?? '';
  return HEADER_NAMES.test(requested) ? requested : '';
}

const HEADER_NAMES = /^[\w!#$%&'*+.^`|~, -]{1,1024}$/;

function originOf(url: string): string | undefined {
  try {
    return new URL(url).origin;
  } catch {
    return undefined;
  }
}
