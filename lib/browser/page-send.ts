import type { PostSend } from '../http/post-sink.js';
import { optionsOf } from '../internal/options.js';
import { anObject } from '../internal/check-option.js';
import { pageFetch, type SendingPage } from './page-fetch.js';
import { thisPage } from './page.js';

export interface PageSendOptions {
  /** The page. @default the global `window`; without one, plain `fetch` is used */
  readonly window?: SendingPage | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PageSendOptions, 'window'>(() => ({ window: [anObject] }));

/**
 * A `send` function for `postSink` in pages: requests outlive their page as far as the browser allows. For `httpSink` use `pageTransport`.
 *
 * A visible page uses half of the browser's 64 KiB for such requests, a page that is hidden or being left all of it; bodies that don't fit are sent by
 * plain `fetch`. All senders of a page share one budget. Redirects are not followed.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = postSink({ url: 'https://example.org/events', send: pageSend() });
 * expect(sink.name).to.equal('post');
 */
export function pageSend(options: PageSendOptions = {}): PostSend {
  const { window: page = thisPage() } = OPTIONS.parse(options);
  const keptFetch = page && pageFetch(page);
  const send: PostSend = ({ url, method, headers, body, signal }) =>
    (keptFetch ?? fetch)(url, { method, headers, body, signal, redirect: 'manual' });
  return Object.assign(send, keptFetch?.page);
}
