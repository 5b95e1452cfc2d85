import { EventCollector } from 'library/index.js';
import { httpSink } from 'library/http.js';
import { pageTransport, withPageLifecycle } from 'library/browser.js';

export function start(origin) {
  const sink = httpSink({ url: `${origin}/events`, transport: pageTransport(), maxBodyBytes: 60_000 });
  const collector = new EventCollector({ sinks: [sink] });
  withPageLifecycle(collector);
  return { collect: (type, data) => void collector.collect({ type, data }), flush: () => collector.flush() };
}
