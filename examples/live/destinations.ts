import type { EventSink } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';
import { otlpLogs } from 'rx-event-collector/otlp';
import { clickHouse, postHog } from 'rx-event-collector/vendors';
import { UsageError } from './options.js';

/** The destinations of `--to NAME=URL`. A further one is a further line here. */
const DESTINATIONS: Readonly<Record<string, (url: URL, name: string) => EventSink>> = {
  clickhouse: (url, name) =>
    httpSink({ ...clickHouse({ url: bare(url, 'table'), ...loginOf(url), table: url.searchParams.get('table') ?? undefined }), name }),
  otlp: (url, name) => httpSink({ ...otlpLogs({ url, resource: { 'service.name': 'rx-event-collector-live' } }), name }),
  posthog: (url, name) => httpSink({ ...postHog({ url: bare(url, 'key'), apiKey: url.searchParams.get('key') ?? '' }), name }),
};

/** `http://writer:secret@localhost:8123/?table=shop.events`. */
const loginOf = ({ username, password }: URL) => ({
  ...(username !== '' && { username: decodeURIComponent(username) }),
  password: decodeURIComponent(password),
});

/** The URL without a login, and without a parameter that is an option of the destination. */
function bare(url: URL, option: string): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.searchParams.delete(option);
  return copy.href;
}

/**
 * Creates the sinks of `--to` options. A second one of a kind has a number in its name: `otlp-2`.
 *
 * @throws UsageError for an unknown name or an invalid URL
 */
export function remoteSinks(options: readonly string[]): readonly EventSink[] {
  const counts = new Map<string, number>();
  return options.map((option) => {
    const [, kind = '', url = ''] = /^([^=]*)=(.*)$/.exec(option) ?? [];
    const create = Object.hasOwn(DESTINATIONS, kind) ? DESTINATIONS[kind] : undefined;
    if (create === undefined) {
      const [name = ''] = option.split('=');
      throw new UsageError(`Expected --to to be ${formsOf(Object.keys(DESTINATIONS))}, got '${name}'`);
    }
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    try {
      return create(new URL(url), count === 1 ? kind : `${kind}-${String(count)}`);
    } catch (error) {
      // Neither message shows the URL, which may contain a key.
      throw new UsageError(`--to ${kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

const formsOf = (kinds: readonly string[]): string => kinds.map((kind) => `${kind}=URL`).join(' or ');
