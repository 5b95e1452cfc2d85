/** Each SDK: module in `cases/`, label, packages. `needs` are exports of the library, by entry, without which the case is skipped. */
export const CASES = {
  ours: { label: '`EventCollector` + `httpSink` + `pageTransport` + `withPageLifecycle`' },
  'kernel-http': {
    label: '`createCollector` + `httpSink` + `pageTransport` + `withPageLifecycle`',
    needs: { index: ['createCollector'] },
  },
  kernel: {
    label: '`createCollector` + `postSink` + `pageSend` + `withPageLifecycle`',
    needs: { index: ['createCollector'], http: ['postSink'], browser: ['pageSend'] },
  },
  opentelemetry: {
    label: '@opentelemetry/sdk-logs with its OTLP exporter',
    packages: ['@opentelemetry/sdk-logs', '@opentelemetry/exporter-logs-otlp-http'],
  },
  snowplow: { label: '@snowplow/browser-tracker', packages: ['@snowplow/browser-tracker'] },
  datadog: { label: '@datadog/browser-logs', packages: ['@datadog/browser-logs'] },
  sentry: { label: '@sentry/browser', packages: ['@sentry/browser'] },
  segment: { label: '@segment/analytics-next', packages: ['@segment/analytics-next'] },
  posthog: { label: 'posthog-js', packages: ['posthog-js'] },
};

/** Cases that this build of the library can run, and those it can't. */
export async function runnableCases(library) {
  const runnable = [];
  const skipped = [];
  for (const [name, { needs = {} }] of Object.entries(CASES)) {
    const missing = [];
    for (const [entry, names] of Object.entries(needs)) {
      const exported = await import(`${library}/${entry}.js`);
      missing.push(...names.filter((each) => exported[each] === undefined));
    }
    if (missing.length === 0) runnable.push(name);
    else skipped.push({ name, missing });
  }
  return { runnable, skipped };
}
