/** Yes; no (401 for a request without an `Authorization` header, 403 for one with it); or no, and how. */
export type Authorization = boolean | 401 | 403;

/** Says whether a request may bring events, before its body is read; what it throws is answered as 500. */
export type Authorize = (request: Request) => Authorization | Promise<Authorization>;
