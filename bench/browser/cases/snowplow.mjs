import { flushBuffer, newTracker, trackSelfDescribingEvent } from '@snowplow/browser-tracker';

export function start(origin) {
  newTracker('bench', origin, { appId: 'bench', bufferSize: 100 });
  return {
    collect: (type, data) => trackSelfDescribingEvent({ event: { schema: `iglu:com.example/${type}/jsonschema/1-0-0`, data } }),
    flush: () => flushBuffer(),
  };
}
