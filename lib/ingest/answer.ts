import type { Refusal } from './refusal.js';

/** A JSON response that is not cached. */
export function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });
}

export function refusalAnswer({ status, code, message, headers }: Refusal): Response {
  return answer(status, { error: { code, message } }, headers);
}
