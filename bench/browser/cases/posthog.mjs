import posthog from 'posthog-js';

/** Only custom events: no automatic capture, recording, surveys or remote configuration. */
export function start(origin) {
  posthog.init('phc_bench', {
    api_host: origin,
    autocapture: false,
    capture_pageview: false,
    capture_pageleave: false,
    disable_session_recording: true,
    disable_surveys: true,
    advanced_disable_flags: true,
    disable_external_dependency_loading: true,
    disable_compression: true,
    // Events of a headless browser are dropped otherwise.
    opt_out_useragent_filter: true,
    request_queue_config: { flush_interval_ms: 500 },
  });
  return {
    collect: (type, data) => void posthog.capture(type, data),
    // No method flushes; the queue is sent every 500 ms.
    flush: () => undefined,
  };
}
