// Structural types, so that edge projects without Node's types can use this entry.

/** Only `'data'` has an argument. @inline */
type Listener = (chunk: Uint8Array) => void;

/** The part of a request of `node:http`, `node:https` or `node:http2` that `nodeListener` reads. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The whole path, if a framework has removed the path of the mount from `url`. */
  readonly originalUrl?: string | undefined;
  /** Alternating names and values, including the HTTP/2 ones that begin with a colon. */
  readonly rawHeaders: readonly string[];
  readonly socket: object;
  readonly complete: boolean;
  readonly readableDidRead: boolean;
  readonly readableEnded: boolean;
  /** The body, if a body parser has read it. */
  readonly body?: unknown;
  /** The body as bytes, which serverless frameworks keep. */
  readonly rawBody?: unknown;
  on(event: string, listener: Listener): unknown;
  once(event: string, listener: Listener): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** The part of a response of `node:http`, `node:https` or `node:http2` that `nodeListener` writes to. */
export interface NodeResponse {
  /** The HTTP/2 stream. With HTTP/2, a response finishes only when its request has ended. */
  readonly stream?: { once(event: string, listener: Listener): unknown } | undefined;
  /** Absent with HTTP/2. */
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
