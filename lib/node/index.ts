export { ndjsonFileSink, type NdjsonFileSinkOptions } from './ndjson-file-sink.js';
export { fromNdjson, type FromNdjsonOptions, type FromNdjsonProjection, type NdjsonInput, type NdjsonLine } from './from-ndjson.js';
export { nodeHttpTransport, type NodeHttpTransportOptions } from './node-http-transport.js';
export type { HttpRequest, HttpResponse, HttpTransport } from '../http/transport.js';
