// Structural, so that a project at the edge, without Node's types, can use this entry.

/** Only `'data'` has an argument. @inline */
type Listener = (chunk: Uint8Array) => void;

/** The part of a request of `node:http`, `node:https` or `node:http2` that `nodeListener` reads. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** With frameworks that take the path of a mount from `url`: the whole path. */
  readonly originalUrl?: string | undefined;
  /** Names and values in turn, those of HTTP/2 that begin with a colon included. */
  readonly rawHeaders: readonly string[];
  readonly socket: object;
  readonly complete: boolean;
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  /** The body, if a body parser has read it. */
  readonly body?: unknown;
  /** The same as bytes, as serverless frameworks keep it. */
  readonly rawBody?: unknown;
  on(event: string, listener: Listener): unknown;
  once(event: string, listener: Listener): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** The part of a response of `node:http`, `node:https` or `node:http2` that `nodeListener` writes to. */
export interface NodeResponse {
  /** With HTTP/2, whose response finishes only when the request has ended. */
  readonly stream?: { once(event: string, listener: Listener): unknown } | undefined;
  /** Left out by HTTP/2. */
  readonly destroyed?: boolean | undefined;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  writeHead(status: number, headers?: Record<string, string | string[]>): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  on(event: string, listener: Listener): unknown;
  once(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
}
