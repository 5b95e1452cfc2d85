export { ingestHandler, type DedupeOptions, type IngestOptions } from './ingest-handler.js';
export { nodeListener, type NodeListenerOptions } from './node-listener.js';
export type { NodeRequest, NodeResponse } from './node-messages.js';

export type { Authorization, Authorize } from './authorize.js';
export { bearerKeys } from './bearer-keys.js';
export { apiKey, type ApiKeyOptions } from './api-key.js';
export type { CorsOptions } from './cors.js';
export type { IngestLimits, IngestLimitsPatch } from './ingest-limits.js';
export type { IngestReport, InvalidEvent } from './ingest-report.js';
export type { DecodeFault } from '../codecs/decode-faults.js';
export { eventInputCodec } from './event-input-codec.js';
