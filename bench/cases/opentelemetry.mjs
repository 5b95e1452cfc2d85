import { SeverityNumber } from '@opentelemetry/api-logs';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { BATCH } from '../workload.mjs';

/** `@opentelemetry/sdk-logs`: a logger with a batch processor. Its records have no ids. It counts dropped records on a meter, if one is passed. */
export function openTelemetry(destination, { room = 2_048 } = {}) {
  let dropped = 0;
  const provider = new LoggerProvider({
    processors: [
      new BatchLogRecordProcessor({
        exporter: {
          export(records, done) {
            const answer = destination(records.length, records);
            if (answer === undefined) done({ code: 0 });
            else answer.then(() => done({ code: 0 }));
          },
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
        maxExportBatchSize: BATCH,
        maxQueueSize: room,
        selfObsMeterProvider: meterFor((count) => {
          dropped += count;
        }),
      }),
    ],
  });
  const logger = provider.getLogger('bench', '1.0.0');
  return {
    collect({ type, data }) {
      logger.emit({ eventName: type, severityNumber: SeverityNumber.INFO, attributes: data });
    },
    drain: () => provider.forceFlush(),
    losses: () => ({ sampledOut: 0, dropped, reported: dropped }),
    close: () => provider.shutdown(),
  };
}

/** The part of a meter that the processor uses; counts dropped records. */
function meterFor(onDropped) {
  const instrument = {
    add(count, { 'error.type': error }) {
      if (error === 'queue_full') onDropped(count);
    },
    addCallback() {},
    removeCallback() {},
  };
  return {
    getMeter: () => ({
      createCounter: () => instrument,
      createUpDownCounter: () => instrument,
      createObservableUpDownCounter: () => instrument,
    }),
  };
}
