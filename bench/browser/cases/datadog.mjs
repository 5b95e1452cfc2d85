import { datadogLogs } from '@datadog/browser-logs';

export function start(origin) {
  datadogLogs.init({
    clientToken: 'pub0123456789abcdef0123456789abcdef',
    site: 'datadoghq.com',
    proxy: `${origin}/datadog`,
    forwardErrorsToLogs: false,
    telemetrySampleRate: 0,
    // For the event below.
    allowUntrustedEvents: true,
  });
  return {
    collect: (type, data) => datadogLogs.logger.info(type, data),
    // No method flushes; leaving the page does.
    flush: () => void window.dispatchEvent(new Event('beforeunload')),
  };
}
