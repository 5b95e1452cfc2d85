/** One request, ready to be sent. */
export interface HttpRequest {
  /** Absolute, without credentials and fragment. */
  readonly url: string;
  readonly method: 'POST';
  /** Names in lower case. The transport adds the length of the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as UTF-8. */
  readonly body: string | Uint8Array;
  /** Aborted when the attempt ends: the transport then ends the request, or stops reading its answer. Created when it is first read. */
  readonly signal: AbortSignal;
  /** Calls `work` when the attempt is aborted, without the cost of a signal. @default use `signal` */
  readonly onAbort?: ((work: () => void) => void) | undefined;
}

/** The head of an answer. Its body can be read or discarded once. */
export interface HttpResponse {
  /** 0 for a redirect, whose status browsers hide. */
  readonly status: number;
  /** A header by its name, in upper or lower case. */
  header(name: string): string | undefined;
  /** Reads the body, up to `MAX_ANSWER_BYTES`. Rejects when it is longer or incomplete, or when the request is aborted. */
  text(): Promise<string>;
  /** Drops the body, so that the connection can be used again. Never throws; does nothing after `text`. */
  discard(): void;
}

/** Reports whether a transport's page is hidden or being left. */
export interface LeavingPage {
  /**
   * The number of bytes that can still be sent in requests that outlive the page; `undefined` while the page is visible and not being left.
   *
   * While it is a number, sinks send everything immediately: they don't compress, and wait neither for headers nor for earlier bodies.
   *
   * @default the transport has no page
   */
  readonly keepaliveBytesLeft?: (() => number | undefined) | undefined;
  /**
   * Calls `work` when the page is hidden or being left, so that sinks send what still waits. Returns a function that cancels the call.
   *
   * @default the transport has no page
   */
  readonly onLeaving?: ((work: () => void) => () => void) | undefined;
}

/** The value, or `otherwise()` as soon as the page is being left, unless that is `undefined`. */
export function beforeLeaving<T>({ onLeaving }: LeavingPage, value: Promise<T>, otherwise: () => T | undefined): Promise<T> {
  if (onLeaving === undefined) return value;
  return new Promise((resolve, reject) => {
    const cancel = onLeaving(() => {
      const other = otherwise();
      if (other !== undefined) resolve(other);
    });
    value.then(resolve, reject).finally(cancel);
  });
}

/**
 * Sends one request, and resolves with the head of the answer, for any status. Rejects when there is no answer.
 *
 * By default it does not follow redirects. It neither retries nor times out. Requests may overlap.
 */
export interface HttpTransport extends LeavingPage {
  (request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections and discarded answers, which would keep a process alive. The transport can be used afterwards: another sink may share it. */
  close?(): void;
}

/** Maximum number of bytes that are read of an answer. */
export const MAX_ANSWER_BYTES = 1_000_000;

/** Maximum number of bytes that are read of a discarded answer to keep its connection. If it is longer, the connection is closed. */
export const MAX_DISCARDED_BYTES = 65_536;
