import type { HttpSinkOptions } from '../http/http-sink.js';

/** The options of `httpSink` that a preset sets: spread them, and add or replace others. */
export type VendorPreset = Pick<
  HttpSinkOptions,
  'url' | 'headers' | 'encode' | 'maxBodyBytes' | 'maxBodyEvents' | 'requestKey' | 'parseResponse' | 'name'
>;
