import type { SchedulerLike } from 'rxjs';
import type { IngestLimits } from './ingest-limits.js';
import { readBytes } from './read-bytes.js';
import { bodyAlreadyRead, Refusal } from './refusal.js';

/**
 * A request's body, decompressed.
 *
 * @throws Refusal if it is too large, too slow, aborted, damaged, already read, or has an unknown encoding
 */
export async function readBody(request: Request, limits: IngestLimits, scheduler: SchedulerLike): Promise<Uint8Array> {
  const { bodyBytes, inflatedBytes } = limits;
  const isCompressed = isGzip(request.headers.get('content-encoding'));
  if (Number(request.headers.get('content-length')) > bodyBytes) throw tooLarge(bodyBytes);
  const bytes = await received(request, limits, scheduler);
  if (!isCompressed) {
    if (bytes.length > inflatedBytes) throw tooLarge(inflatedBytes);
    return bytes;
  }
  return inflated(bytes, inflatedBytes);
}

function isGzip(encoding: string | null): boolean {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === 'gzip' || name === 'x-gzip') return true;
  if (name === '' || name === 'identity') return false;
  throw new Refusal(415, 'UNSUPPORTED_ENCODING', 'Expected a body in gzip, or uncompressed', { 'accept-encoding': 'gzip' });
}

async function received(request: Request, { bodyBytes, readTimeoutMs }: IngestLimits, scheduler: SchedulerLike): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  if (request.bodyUsed || request.body.locked) throw bodyAlreadyRead();
  const reader = request.body.getReader();
  const { signal } = request;
  let isLate = false;
  // Cancelling ends the pending read. Racing it against a promise would add a reaction to that promise per chunk.
  const giveUp = (): void => {
    void reader.cancel().catch(ignore);
  };
  const timer = Number.isFinite(readTimeoutMs)
    ? scheduler.schedule(() => {
        isLate = true;
        giveUp();
      }, readTimeoutMs)
    : undefined;
  signal.addEventListener('abort', giveUp);
  try {
    if (signal.aborted) throw unreadable();
    const bytes = await readBytes(reader, bodyBytes);
    if (signal.aborted) throw unreadable();
    if (isLate) throw new Refusal(408, 'TOO_SLOW', `Expected the body within ${String(readTimeoutMs)} ms`);
    if (bytes === undefined) throw tooLarge(bodyBytes);
    return bytes;
  } catch (error) {
    giveUp();
    throw error instanceof Refusal ? error : unreadable();
  } finally {
    signal.removeEventListener('abort', giveUp);
    timer?.unsubscribe();
  }
}

async function inflated(compressed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const reader = new Blob([compressed as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  let bytes: Uint8Array | undefined;
  try {
    bytes = await readBytes(reader, maxBytes);
  } catch {
    throw new Refusal(400, 'BAD_GZIP', 'Expected a body in gzip');
  }
  if (bytes === undefined) {
    void reader.cancel().catch(ignore);
    throw tooLarge(maxBytes);
  }
  return bytes;
}

const tooLarge = (maxBytes: number): Refusal => new Refusal(413, 'BODY_TOO_LARGE', `Expected a body of at most ${String(maxBytes)} bytes`);
const unreadable = (): Refusal => new Refusal(400, 'BODY_UNREADABLE', 'Expected a complete body');
const ignore = (): void => undefined;
