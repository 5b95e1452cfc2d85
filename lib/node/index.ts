export { ndjsonFileSink, type NdjsonFileSinkOptions } from './ndjson-file-sink.js';
export { fromNdjson, type FromNdjsonOptions, type FromNdjsonProjection, type NdjsonInput, type NdjsonLine } from './from-ndjson.js';
