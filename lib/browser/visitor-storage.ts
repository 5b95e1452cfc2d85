import { aBoolean, aNonEmptyString, aDelay } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';

/** The part of `Storage` that a visitor needs. Each method may throw: the visitor is then in memory only. */
export interface VisitorStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface CookieStorageOptions {
  /** Shares the cookie with subdomains: `'example.com'`. @default the host of the page only */
  readonly domain?: string | undefined;
  /** Milliseconds that the browser keeps the cookie for; browsers limit it to 400 days. @default 400 days */
  readonly maxAgeMs?: number | undefined;
  /** Whether the cookie is sent over HTTPS only. @default whether the page came over HTTPS */
  readonly secure?: boolean | undefined;
  /** The page's document. @default the global `document` */
  readonly document?: { cookie: string } | undefined;
}

const DAY_MS = 86_400_000;

const OPTIONS = /* @__PURE__ */ optionsOf<CookieStorageOptions, 'domain' | 'secure' | 'document'>(() => ({
  domain: [aNonEmptyString],
  maxAgeMs: [aDelay(), 400 * DAY_MS],
  secure: [aBoolean],
  document: [{ expected: 'a document', accepts: (value) => typeof (value as { cookie?: unknown } | null)?.cookie === 'string' }],
}));

/**
 * Keeps the visitor in a cookie (`SameSite=Lax`), which subdomains can share.
 *
 * Cookies are sent with every request of the page: use it only if a site has several hosts.
 *
 * `setItem` throws if the browser refuses the cookie.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function cookieStorage(options?: CookieStorageOptions): VisitorStorage {
  const { domain, maxAgeMs, secure, document: given } = OPTIONS.parse(options);
  const page = (): { cookie: string } => given ?? globalThis.document;
  const write = (key: string, value: string, seconds: number): void => {
    const isSecure = secure ?? tryGet(() => globalThis.location.protocol) === 'https:';
    const parts = [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`, 'path=/', 'samesite=lax', `max-age=${String(seconds)}`];
    if (domain !== undefined) parts.push(`domain=${domain}`);
    if (isSecure) parts.push('secure');
    page().cookie = parts.join('; ');
  };
  const read = (key: string): string | null => {
    const start = `${encodeURIComponent(key)}=`;
    const cookie = page()
      .cookie.split('; ')
      .find((each) => each.startsWith(start));
    return cookie === undefined ? null : decodeURIComponent(cookie.slice(start.length));
  };
  return {
    getItem: read,
    setItem(key, value) {
      write(key, value, Math.round(maxAgeMs / 1_000));
      // A browser silently ignores a cookie that it refuses, such as one of more than 4 kB, and keeps the previous one.
      if (read(key) !== value) throw new Error('The browser has refused the cookie');
    },
    removeItem(key) {
      write(key, '', 0);
    },
  };
}
