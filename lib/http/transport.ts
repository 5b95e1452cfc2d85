/** One request, ready to be sent. */
export interface HttpRequest {
  /** Absolute, without credentials and fragment. */
  readonly url: string;
  readonly method: 'POST';
  /** Names in lower case. The transport adds the length of the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as UTF-8. */
  readonly body: string | Uint8Array;
  /** Aborted when the attempt is over: ends the request, or the reading of its answer. Created when it is first read. */
  readonly signal: AbortSignal;
  /** Calls `work` when the attempt is aborted, without the cost of a signal. @default use `signal` */
  readonly onAbort?: ((work: () => void) => void) | undefined;
}

/** The head of an answer. Its body can be read or discarded once. */
export interface HttpResponse {
  /** 0 for a redirect that a browser doesn't show. */
  readonly status: number;
  /** A header by its name, in upper or lower case. */
  header(name: string): string | undefined;
  /** Reads the body, up to `MAX_ANSWER_BYTES`. Rejects when it is longer or incomplete, or when the request is aborted. */
  text(): Promise<string>;
  /** Drops the body, so that the connection can be used again. Never throws; does nothing after `text`. */
  discard(): void;
}

/** A page that is hidden or being left, as its transport sees it. */
export interface LeavingPage {
  /**
   * The bytes that can still be sent so as to outlive the page; `undefined` while the page is visible and stays.
   *
   * While it is a number, sinks send at once what they have: no compression, no wait for headers or for one body before the next.
   *
   * @default the transport has no page
   */
  readonly keepaliveBytesLeft?: (() => number | undefined) | undefined;
}

/**
 * Sends one request, and resolves with the head of the answer, whatever its status. Rejects when there is no answer.
 *
 * By default it follows no redirects. It neither retries nor times out. Requests may overlap.
 */
export interface HttpTransport extends LeavingPage {
  (request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections and discarded answers, which would keep a process alive. The transport can be used afterwards: another sink may share it. */
  close?(): void;
}

/** The bytes of an answer that are read at most. */
export const MAX_ANSWER_BYTES = 1_000_000;

/** The bytes of a discarded answer that are read at most to keep its connection; a longer one costs the connection. */
export const MAX_DISCARDED_BYTES = 65_536;
