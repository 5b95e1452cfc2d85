import { createCollector } from 'library/index.js';
import { postSink } from 'library/http.js';
import { pageSend, withPageLifecycle } from 'library/browser.js';

export function start(origin) {
  const collector = createCollector({ sinks: [postSink({ url: `${origin}/events`, send: pageSend(), maxBodyBytes: 60_000 })] });
  withPageLifecycle(collector);
  return { collect: (type, data) => void collector.collect({ type, data }), flush: () => collector.flush() };
}
