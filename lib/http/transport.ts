/** One request, ready to be sent. */
export interface HttpRequest {
  /** Absolute, without credentials and fragment. */
  readonly url: string;
  readonly method: 'POST';
  /** Names in lower case. The length of the body is the transport's to say. */
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as UTF-8. */
  readonly body: string | Uint8Array;
  /** Ends the request, or the reading of its answer, when it is aborted. */
  readonly signal: AbortSignal;
}

/** The head of an answer; its body can be read, or let go, once. */
export interface HttpResponse {
  /** 0 for a redirect that a browser keeps to itself. */
  readonly status: number;
  /** A header by its name, in whatever case; the sink itself asks in lower case. */
  header(name: string): string | undefined;
  /** Reads the body, at most `MAX_ANSWER_BYTES` of it. Rejects when it is longer, breaks off, or the request's signal is aborted. */
  text(): Promise<string>;
  /** Lets go of a body that nobody reads, so that the connection can be used again. Never throws; does nothing after `text`. */
  discard(): void;
}

/**
 * Sends one request, and resolves when the head of the answer has come, whatever its status. Rejects when there is no answer.
 *
 * It follows no redirect unless it was told to, and it neither retries nor times out. Requests may overlap.
 */
export interface HttpTransport {
  (request: HttpRequest): Promise<HttpResponse>;
  /** Lets go of idle connections, and of answers that nobody reads: they would keep a process alive. It can still be used afterwards: another sink may. */
  close?(): void;
}

/** What of an answer is read at most, in bytes. */
export const MAX_ANSWER_BYTES = 1_000_000;

/** What of an answer that nobody wants is read at most, to keep its connection; a longer one costs the connection. */
export const MAX_DISCARDED_BYTES = 65_536;
