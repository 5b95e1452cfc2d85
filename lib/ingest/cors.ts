import { checkKeys } from '../internal/check-keys.js';
import { aBoolean, aFunction, anArray, anInteger, aNonEmptyString, checkArgument } from '../internal/check-option.js';
import { Refusal } from './refusal.js';

export interface CorsOptions {
  /** Pages that may send events: `'*'` for all, a list of origins (`'https://example.org'`), or a function that says so. */
  readonly origins: '*' | readonly string[] | ((origin: string) => boolean);
  /** Whether they may send cookies. Not with `'*'`. @default false */
  readonly credentials?: boolean | undefined;
  /** Seconds for which a browser may remember the answer to a preflight. @default 7_200 */
  readonly maxAgeSeconds?: number | undefined;
}

/** What a handler needs to know of a request's origin. */
export interface Cors {
  /** Whether the request only asks if it may be made. */
  isPreflight(request: Request): boolean;
  /** The headers that a preflight is answered with. */
  preflightHeaders(request: Request): Readonly<Record<string, string>>;
  /** Those of any other answer. */
  headers(request: Request): Readonly<Record<string, string>>;
  /** @throws Refusal for a page that may not send events */
  check(request: Request): void;
}

/** @throws TypeError for an option outside its range */
export function corsFrom(options: CorsOptions | undefined): Cors {
  if (options === undefined) return NONE;
  checkKeys(options, { origins: true, credentials: true, maxAgeSeconds: true }, 'cors');
  const { origins, credentials = false, maxAgeSeconds = 7_200 } = options;
  checkOrigins(origins);
  checkArgument('cors.credentials', credentials, aBoolean);
  checkArgument('cors.maxAgeSeconds', maxAgeSeconds, anInteger(0));
  // It would hand every page the cookies of every user.
  if (origins === '*' && credentials) throw new TypeError("Expected `cors.credentials` to be `false` where `cors.origins` is `'*'`");

  const isListed = typeof origins === 'function' ? origins : (origin: string) => origins === '*' || origins.includes(origin);
  const allowedOrigin = ({ headers }: Request): string | undefined => {
    const origin = headers.get('origin');
    return origin !== null && isListed(origin) ? origin : undefined;
  };
  const headers = (request: Request): Readonly<Record<string, string>> => {
    if (origins === '*') return { 'access-control-allow-origin': '*', ...EXPOSED };
    const origin = allowedOrigin(request);
    if (origin === undefined) return VARIES;
    return {
      ...VARIES,
      ...EXPOSED,
      'access-control-allow-origin': origin,
      ...(credentials && { 'access-control-allow-credentials': 'true' }),
    };
  };
  return {
    isPreflight: (request) => request.method === 'OPTIONS' && request.headers.has('access-control-request-method'),
    preflightHeaders: (request) => ({
      ...headers(request),
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': requestedHeaders(request),
      'access-control-max-age': String(maxAgeSeconds),
    }),
    headers,
    check: (request) => {
      const origin = request.headers.get('origin');
      // Whether it came by TLS is not to be seen behind a proxy that ends it.
      if (
        origin === null ||
        isListed(origin) ||
        originOf(origin.replace(/^https:/, 'http:')) === originOf(request.url.replace(/^https:/, 'http:'))
      )
        return;
      throw new Refusal(403, 'ORIGIN_NOT_ALLOWED', 'Expected a page of another origin');
    },
  };
}

const NONE: Cors = { isPreflight: () => false, preflightHeaders: () => ({}), headers: () => ({}), check: () => undefined };
const VARIES = { vary: 'Origin' };
/** A page's script sees no header that is not named here. */
const EXPOSED = { 'access-control-expose-headers': 'Retry-After' };

/** Any: what a client sends beyond what it needs is ignored. */
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

function checkOrigins(origins: unknown): void {
  if (origins === '*' || aFunction.accepts(origins)) return;
  checkArgument('cors.origins', origins, { expected: "'*', a list of origins or a function", accepts: anArray.accepts });
  for (const [index, origin] of (origins as readonly unknown[]).entries()) checkArgument(`cors.origins.${String(index)}`, origin, anOrigin);
}

const anOrigin = {
  expected: "an origin such as 'https://example.org'",
  accepts: (value: unknown) => aNonEmptyString.accepts(value) && (value === 'null' || originOf(value as string) === value),
};
