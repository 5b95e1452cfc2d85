import { Observable, ReplaySubject, share } from 'rxjs';
import { aNonEmptyString, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import type { DevtoolsSource } from './devtools-source.js';
import type { DevtoolsAnswer, DevtoolsSnapshot } from './protocol.js';

export interface RemoteSourceOptions {
  /** The URL of `devtoolsHandler`, without the token; may be relative to the page. */
  readonly url: string;
  /** The token of the handler. */
  readonly token: string;
}

const OPTIONS = /* @__PURE__ */ optionsOf<RemoteSourceOptions>(() => ({
  url: aNonEmptyString,
  token: { ...aNonEmptyString, isSecret: true },
}));

/**
 * A collector in another program, whose `devtoolsHandler` answers at `url`: snapshots as server-sent events, commands by POST.
 *
 * The browser reopens an interrupted connection. `snapshots$` fails when the server refuses it, such as for a wrong token, or sends
 * data that is not a snapshot.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function remoteSource(options: RemoteSourceOptions): DevtoolsSource {
  const { url, token } = OPTIONS.parse(options);
  const address = new URL(url, globalThis.location.href);
  address.searchParams.set('token', token);
  return {
    snapshots$: new Observable<DevtoolsSnapshot>((subscriber) => {
      const events = new EventSource(address);
      events.onmessage = ({ data }: MessageEvent<string>) => {
        const snapshot = tryGet(() => JSON.parse(data) as DevtoolsSnapshot);
        if (isObject(snapshot)) subscriber.next(snapshot);
        else subscriber.error(new Error('The collector sent an invalid snapshot'));
      };
      // The collector has shut down. Close the stream: otherwise the browser would reconnect.
      events.addEventListener('end', () => {
        subscriber.complete();
      });
      events.onerror = () => {
        if (events.readyState === EventSource.CLOSED) subscriber.error(new Error('The collector is not available'));
      };
      return () => {
        events.close();
      };
    }).pipe(share({ connector: () => new ReplaySubject(1) })),

    async send(command) {
      try {
        const response = await fetch(address, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(command),
        });
        if (!response.ok) return { ok: false, text: `The collector answered ${String(response.status)}` };
        return (await response.json()) as DevtoolsAnswer;
      } catch {
        return { ok: false, text: 'The collector is not available' };
      }
    },
  };
}
