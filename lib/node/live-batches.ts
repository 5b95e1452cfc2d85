import type { LinePlace } from './segment-format.js';

/** A file of a log. */
export interface Segment {
  readonly path: string;
  bytes: number;
  /** The batches whose latest record is in this file. */
  readonly live: Map<string, LiveBatch>;
}

interface LiveBatch {
  /** The line that contains the batch. */
  readonly line: LinePlace;
  /** The batch's share of the line's bytes. */
  readonly bytes: number;
}

/** The batches of a log that are not settled, and where each of them is. */
export class LiveBatches {
  readonly #segmentOf = new Map<string, Segment>();
  #bytes = 0;

  get count(): number {
    return this.#segmentOf.size;
  }

  /** Bytes of the lines that contain the batches. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param count number of batches that share the line */
  add(id: string, segment: Segment, line: LinePlace, count: number): void {
    this.remove(id);
    const bytes = line.length / count;
    segment.live.set(id, { line, bytes });
    this.#segmentOf.set(id, segment);
    this.#bytes += bytes;
  }

  remove(id: string): void {
    const segment = this.#segmentOf.get(id);
    if (segment === undefined) return;
    this.#bytes -= segment.live.get(id)?.bytes ?? 0;
    segment.live.delete(id);
    this.#segmentOf.delete(id);
  }

  find(id: string): { readonly path: string; readonly line: LinePlace } | undefined {
    const segment = this.#segmentOf.get(id);
    const line = segment?.live.get(id)?.line;
    return segment && line && { path: segment.path, line };
  }
}
