export { httpSink, type HttpAnswer, type HttpSinkOptions, type ParsedResponse } from './http-sink.js';
export type { HeadersOption, HttpHeaders } from './http-headers.js';
export type { Encoder } from './encoder.js';
export { jsonEncoder } from './json-encoder.js';
export { ndjsonEncoder } from './ndjson-encoder.js';
export { cloudEventsEncoder, type CloudEventsOptions } from './cloud-events-encoder.js';
export type { HttpRequest, HttpResponse, HttpTransport } from './transport.js';
export { fetchTransport, type FetchTransportOptions } from './fetch-transport.js';
export { undiciTransport, type UndiciDispatcher } from './undici-transport.js';
