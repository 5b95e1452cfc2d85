/**
 * `true` accepts the request. `false` refuses it: with 401 if it has no `Authorization` header, otherwise with 403. A number is the status of the
 * refusal. Any other value refuses with 403.
 */
export type Authorization = boolean | 401 | 403;

/** Decides whether a request may send events, before its body is read. If it throws, the answer is 500. */
export type Authorize = (request: Request) => Authorization | Promise<Authorization>;
