import { SeverityNumber } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

export function start(origin) {
  const exporter = new OTLPLogExporter({ url: `${origin}/v1/logs` });
  const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter, maxExportBatchSize: 100 })] });
  const logger = provider.getLogger('bench');
  return {
    collect: (type, data) => logger.emit({ eventName: type, severityNumber: SeverityNumber.INFO, attributes: data }),
    flush: () => provider.forceFlush(),
  };
}
