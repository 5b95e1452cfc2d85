import type { NodeRequest } from './node-messages.js';

/**
 * The body of a request whose stream was read by a body parser, as bytes; `undefined` if the parser left none.
 *
 * Express and others put the parsed body into `req.body`; if `req.rawBody` has the bytes, they are used. The headers describe the body as it was
 * received. Those that no longer apply are removed: the parser has decompressed the body, and text is encoded as UTF-8 again.
 */
export function parsedBody({ rawBody, body: parsed }: Pick<NodeRequest, 'body' | 'rawBody'>, headers: Headers): Uint8Array | undefined {
  const body = rawBody instanceof Uint8Array ? rawBody : parsed;
  const bytes = bytesOf(body, headers.get('content-length'));
  if (bytes === undefined) return undefined;
  headers.delete('content-length');
  if (!isGzip(bytes)) headers.delete('content-encoding');
  if (bytes !== body) headers.set('content-type', (headers.get('content-type') ?? '').split(';')[0] ?? '');
  return bytes;
}

function bytesOf(body: unknown, contentLength: string | null): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  if (typeof body === 'string') return new TextEncoder().encode(body);
  // Express 4 sets `{}` if its parser did not read the body; another parser must have read it.
  if (body === undefined || (isEmptyObject(body) && contentLength !== '2')) return undefined;
  const text = JSON.stringify(body) as string | undefined;
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

/** Whether a raw body is still compressed. */
const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;
