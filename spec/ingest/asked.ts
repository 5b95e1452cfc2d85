import type { IngestReport } from '../../lib/ingest/index.js';

export type Handler = (request: Request) => Promise<Response>;

/** Answer of an endpoint. Its body is a report or has an error, depending on the status. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly report: IngestReport;
  readonly error: { readonly code: string; readonly message: string };
  readonly text: string;
}

/** Posts a body: text, bytes, a stream, or any other value as JSON. */
export async function ask(
  handler: Handler,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  url = 'https://events.example/',
): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
  const init = { method: 'POST', headers, body: (isRaw ? body : JSON.stringify(body)) as BodyInit, duplex: 'half' };
  return answerOf(await handler(new Request(url, init)));
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = (text === '' ? {} : JSON.parse(text)) as { error: Answer['error'] } & IngestReport;
  return { status: response.status, headers: response.headers, report: json, error: json.error, text };
}

/** An empty report with these fields replaced. */
export function reportOf(patch: Partial<IngestReport>): IngestReport {
  return { accepted: 0, filtered: 0, sampled: 0, dropped: 0, duplicates: 0, invalid: [], ...patch };
}

export async function gzipped(text: string | Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([text as string]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
