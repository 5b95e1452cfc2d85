/** Why a request is not served, as its answer says it. */
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
