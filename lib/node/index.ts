export { ndjsonFileSink, type NdjsonFileSinkOptions } from './ndjson-file-sink.js';
export { fromNdjson, type FromNdjsonOptions, type FromNdjsonProjection, type NdjsonInput, type NdjsonLine } from './from-ndjson.js';
export { withProcessLifecycle, type ProcessLifecycleOptions } from './process-lifecycle.js';
export { collectFromPort, type PortIntake, type PortStats } from '../ports/collect-from-port.js';
export { portCollector, type PortCollectorOptions } from '../ports/port-collector.js';
export type { MessagePortLike } from '../ports/message-port.js';
export { nodeHttpTransport, type NodeHttpTransportOptions } from './node-http-transport.js';
export type { HttpRequest, HttpResponse, HttpTransport } from '../http/transport.js';
