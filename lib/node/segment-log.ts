import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';
import type { RecoveredBatches, StoreChange, StoredBatch } from '../lane/lane-spool.js';
import { failAs } from './file-error.js';
import { LiveBatches, type Segment } from './live-batches.js';
import { changeIn, HEADER, lineOf, readSegment, type LinePlace } from './segment-format.js';
import { SegmentWriter, type SegmentWriterOptions } from './segment-writer.js';

export interface SegmentLogOptions extends SegmentWriterOptions {
  readonly maxBytes: number;
}

const SEGMENT_BYTES = 4 * 2 ** 20;
/** An idle log keeps up to this number of bytes of settled batches. */
const IDLE_BYTES = 2 ** 20;

/**
 * A log of changes in files of 4 MiB, one line each: a CRC-32 in hexadecimal, a blank, JSON; then, each after a tab, the batches that were put.
 *
 * ```
 * 00000001.log   rx-event-collector spool 1
 *                9ae0daaf {"put":[{"id":"…","position":0}],"remove":[]}→{"id":"…","events":[…]}
 *                5c2b1f77 {"put":[],"remove":["…"]}
 * 00000002.log   …
 * lock.lock      the process that uses the folder
 * ```
 *
 * The oldest segment is deleted once none of its batches is live. If some are still live while most of the log is settled, they are moved to the end.
 * Changes are written synchronously, so none is lost when the process ends. A damaged line is skipped; lines after it are read.
 *
 * Modelled on the append-only logs of Bitcask (Sheehy and Smith, 2010).
 */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  /** Writes to the last segment; open once this process has written something. */
  readonly #writer: SegmentWriter;
  readonly #segments: Segment[] = [];
  readonly #live = new LiveBatches();
  /** Bytes of all segments. */
  #bytes = 0;
  #lastNumber = 0;
  /** Ids of settled batches whose removal could not be written, as on a full disk. It is repeated, so that the next run doesn't send them again. */
  readonly #unremoved = new Set<string>();

  constructor(options: SegmentLogOptions) {
    this.#options = options;
    this.#writer = new SegmentWriter(options);
  }

  get hasBatches(): boolean {
    return this.#live.count > 0;
  }

  /** Whether the current file is still in its folder. */
  get isPresent(): boolean {
    return this.#writer.isPresent;
  }

  write(change: StoreChange): Promise<void> | undefined {
    const remove = [...this.#unremoved, ...change.remove];
    try {
      this.#append({ put: change.put, remove });
    } catch (error) {
      for (const id of change.remove) this.#live.remove(id);
      for (const id of change.remove) this.#unremoved.add(id);
      if (change.put.length > 0) this.#removeAgain();
      failAs('unavailable')(error);
    }
    // If tidying fails, the next write tries again.
    tryGet(() => {
      this.#tidy();
    });
    return this.#options.isSynced && change.put.length > 0 ? this.#writer.synced() : undefined;
  }

  /** The JSON of a batch; `undefined` if it is not readable. Synchronous, so that the segment can't be deleted meanwhile. */
  read(id: string): string | undefined {
    const place = this.#live.find(id);
    if (place === undefined) return undefined;
    const line = Buffer.alloc(place.line.length - 1);
    try {
      const fd = openSync(place.path, 'r');
      try {
        readSync(fd, line, { position: place.line.start });
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      failAs('unavailable')(error);
    }
    return changeIn(line)?.put.find((batch) => batch.id === id)?.json;
  }

  close(): void {
    this.#removeAgain();
    if (this.#live.count === 0) this.#clear();
    this.#writer.close();
  }

  /** Stops using the files, which were removed or belong to another process now. */
  abandon(): void {
    this.#writer.abandon();
  }

  /** Reads all segments. Called once, before the other methods. */
  async open(): Promise<RecoveredBatches> {
    const { dir } = this.#options;
    const found = new Map<string, StoredBatch>();
    let damaged = 0;
    const entries = (await readdir(dir, { withFileTypes: true })).filter(({ name }) => /^(\d{8}|[1-9]\d{8,14})\.log$/.test(name));
    const numbers = entries.filter((entry) => entry.isFile()).map(({ name }) => Number.parseInt(name, 10));
    this.#lastNumber = Math.max(0, ...entries.map(({ name }) => Number.parseInt(name, 10)));
    for (const number of numbers.sort((a, b) => a - b)) {
      const path = this.#pathOf(number);
      const bytes = await readFile(path);
      const segment: Segment = { path, bytes: bytes.length, live: new Map() };
      const { damaged: lines, isForeign } = readSegment(bytes, path, (change, line) => {
        for (const id of change.remove) {
          found.delete(id);
          this.#live.remove(id);
        }
        for (const batch of change.put) {
          found.set(batch.id, batch);
          this.#live.add(batch.id, segment, line, change.put.length);
        }
      });
      damaged += lines;
      if (!isForeign) this.#enter(segment);
    }
    tryGet(() => {
      this.#tidy();
    });
    const batches = [...found.values()].sort((a, b) => a.position - b.position);
    if (damaged === 0) return { batches };
    const message = `${String(damaged)} damaged records in ${dir} were skipped`;
    return { batches, damage: new SinkError('write_failed', message, { code: 'SPOOL_DAMAGED', retryable: false }) };
  }

  /** Repeats failed removals: otherwise the next run would send settled batches again. */
  #removeAgain(): void {
    if (this.#unremoved.size > 0) tryGet(() => this.#append({ put: [], remove: [...this.#unremoved] }));
  }

  #append({ put, remove }: StoreChange): void {
    const line = lineOf({ put, remove });
    // A change that only removes batches is always allowed, since it frees space.
    if (put.length > 0 && this.#bytes + line.length > this.#options.maxBytes) {
      throw new SinkError('unavailable', `The batch does not fit into the ${String(this.#options.maxBytes)} bytes of the store`, {
        code: 'SPOOL_FULL',
      });
    }
    const segment = this.#lastSegment();
    const place = this.#writeTo(segment, line);
    for (const id of remove) this.#live.remove(id);
    for (const id of remove) this.#unremoved.delete(id);
    for (const { id } of put) this.#live.add(id, segment, place, put.length);
  }

  #writeTo(segment: Segment, line: Buffer): LinePlace {
    const place = { start: segment.bytes, length: line.length };
    this.#writer.append(line, segment.bytes);
    segment.bytes += line.length;
    this.#bytes += line.length;
    return place;
  }

  /** The current segment. A new one is created for each process, and when the last one is full. */
  #lastSegment(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#writer.isOpen && last.bytes < SEGMENT_BYTES) return last;
    this.#lastNumber += 1;
    const path = this.#pathOf(this.#lastNumber);
    this.#writer.open(path);
    const segment = this.#enter({ path, bytes: 0, live: new Map() });
    try {
      this.#writeTo(segment, Buffer.from(HEADER));
      return segment;
    } catch (error) {
      this.#writer.abandon();
      this.#delete(segment);
      throw error;
    }
  }

  #pathOf(number: number): string {
    return join(this.#options.dir, `${String(number).padStart(8, '0')}.log`);
  }

  #enter(segment: Segment): Segment {
    this.#segments.push(segment);
    this.#bytes += segment.bytes;
    return segment;
  }

  /** Frees space of settled batches. */
  #tidy(): void {
    if (this.#live.count === 0 && this.#bytes > IDLE_BYTES) this.#empty();
    for (let first = this.#segments[0]; first !== undefined && this.#segments.length > 1; first = this.#segments[0]) {
      if (first.live.size > 0) {
        if (this.#bytes < 2 * this.#live.bytes + 2 * SEGMENT_BYTES) return;
        this.#moveLive(first);
      }
      this.#delete(first);
    }
  }

  /** Copies the live batches of a segment to the end of the log. */
  #moveLive(segment: Segment): void {
    const wanted = new Set(segment.live.keys());
    const moved = new Map<string, StoredBatch>();
    readSegment(readFileSync(segment.path), segment.path, ({ put }) => {
      for (const batch of put) if (wanted.has(batch.id)) moved.set(batch.id, batch);
    });
    for (const batch of moved.values()) {
      const line = lineOf({ put: [batch], remove: [] });
      const last = this.#lastSegment();
      this.#live.add(batch.id, last, this.#writeTo(last, line), 1);
    }
    // Sync the copies before the segment is deleted, so that a power failure loses neither.
    this.#writer.sync();
  }

  /** Deletes all segments except the last, which is truncated: a new one would need two more syncs. */
  #empty(): void {
    const last = this.#writer.isOpen ? this.#segments.at(-1) : undefined;
    for (const segment of [...this.#segments]) if (segment !== last) this.#delete(segment);
    if (last === undefined) return;
    this.#writer.truncate(HEADER.length);
    this.#bytes += HEADER.length - last.bytes;
    last.bytes = HEADER.length;
  }

  #clear(): void {
    this.#writer.close();
    for (const segment of [...this.#segments]) this.#delete(segment);
  }

  /** Another program may have deleted the file: if that threw, no later segment would be deleted either. */
  #delete(segment: Segment): void {
    rmSync(segment.path, { force: true });
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.#bytes -= segment.bytes;
  }
}
