/** The reason for refusing a request. Status, code and message become the answer. */
export class Refusal extends Error {
  readonly status: number;
  /** Stable and machine-readable. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The server's mistake, not the client's: the client should send the events again. */
export const bodyAlreadyRead = (): Refusal =>
  new Refusal(
    500,
    'BODY_ALREADY_READ',
    'The server read the body before the endpoint could. Mount the endpoint ahead of any body parser, or leave the parsed body in `req.body`',
  );
