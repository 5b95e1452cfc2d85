import { flush, init, logger } from '@sentry/browser';

/** Structured logs, which Sentry sends in batches; its default integrations. */
export function start(origin) {
  init({ dsn: origin.replace('//', '//key@') + '/1', enableLogs: true });
  return { collect: (type, data) => logger.info(type, data), flush: () => flush(2_000) };
}
