import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SinkError } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';
import type { RecoveredBatches, StoreChange, StoredBatch } from '../lane/lane-spool.js';
import { failAs } from './file-error.js';
import { changeIn, HEADER, lineOf, readSegment, type LinePlace } from './segment-format.js';
import { syncFolder } from './sync-folder.js';

export interface SegmentLogOptions {
  readonly dir: string;
  readonly maxBytes: number;
  /** Whether a change is durable only after `fdatasync`. */
  readonly isSynced: boolean;
}

/** A file of the log. */
interface Segment {
  readonly path: string;
  bytes: number;
  /** Batches whose last record is in it. */
  readonly live: Map<string, LiveBatch>;
}

interface LiveBatch {
  /** The line that holds it. */
  readonly line: LinePlace;
  /** Its share of the line. */
  readonly bytes: number;
}

const SEGMENT_BYTES = 4 * 2 ** 20;
/** Bytes of settled batches that an idle log may keep. */
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
 * The oldest segment is deleted once none of its batches is live. If one of them stays, while most of the log is settled, it is moved to the end.
 * Changes are written synchronously: the end of the process loses none. A damaged line is skipped; lines after it are read.
 *
 * After the append-only logs of Bitcask (Sheehy and Smith, 2010).
 */
export class SegmentLog {
  readonly #options: SegmentLogOptions;
  readonly #segments: Segment[] = [];
  readonly #segmentOf = new Map<string, Segment>();
  #bytes = 0;
  #liveBytes = 0;
  #lastNumber = 0;
  /** Of the last segment, once something was written in this life. */
  #fd: number | undefined;
  /** Whether the folder's entry of the last segment is durable. */
  #isEntrySafe = false;
  #sync: Promise<void> | undefined;
  /** Ids of settled batches that a full disk did not let us remove: they must not come back in the next life. */
  readonly #unremoved = new Set<string>();

  constructor(options: SegmentLogOptions) {
    this.#options = options;
  }

  get hasBatches(): boolean {
    return this.#segmentOf.size > 0;
  }

  /** Whether the file that is written to is still in its folder. */
  get isPresent(): boolean {
    return this.#fd === undefined || fstatSync(this.#fd).nlink > 0;
  }

  write(change: StoreChange): Promise<void> | undefined {
    const remove = [...this.#unremoved, ...change.remove];
    try {
      this.#append({ put: change.put, remove });
    } catch (error) {
      for (const id of change.remove) this.#forget(id);
      for (const id of change.remove) this.#unremoved.add(id);
      if (change.put.length > 0) this.#removeAgain();
      failAs('unavailable')(error);
    }
    // If that fails, the next write tries again.
    tryGet(() => {
      this.#tidy();
    });
    return this.#options.isSynced && change.put.length > 0 ? this.#synced() : undefined;
  }

  /** The JSON of a batch; `undefined` if it is not readable. Synchronous: its segment can't be deleted meanwhile. */
  read(id: string): string | undefined {
    const segment = this.#segmentOf.get(id);
    const place = segment?.live.get(id)?.line;
    if (segment === undefined || place === undefined) return undefined;
    const line = Buffer.alloc(place.length - 1);
    try {
      const fd = openSync(segment.path, 'r');
      try {
        readSync(fd, line, { position: place.start });
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
    if (this.#segmentOf.size === 0) this.#clear();
    this.#closeLast();
  }

  /** The files are not ours any more. */
  abandon(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  /** Reads all segments. Called once, before all others. */
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
          this.#forget(id);
        }
        for (const batch of change.put) {
          found.set(batch.id, batch);
          this.#remember(batch.id, segment, line, change.put.length);
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

  /** What is over must not come back in the next life, even if its remainder does not fit. */
  #removeAgain(): void {
    if (this.#unremoved.size > 0) tryGet(() => this.#append({ put: [], remove: [...this.#unremoved] }));
  }

  #append({ put, remove }: StoreChange): void {
    const line = lineOf({ put, remove });
    // What only removes always fits: it makes room.
    if (put.length > 0 && this.#bytes + line.length > this.#options.maxBytes) {
      throw new SinkError('unavailable', `The store has ${String(this.#options.maxBytes)} bytes already`, { code: 'SPOOL_FULL' });
    }
    const segment = this.#lastSegment();
    const place = this.#writeTo(segment, line);
    for (const id of remove) this.#forget(id);
    for (const id of remove) this.#unremoved.delete(id);
    for (const { id } of put) this.#remember(id, segment, place, put.length);
  }

  /** Writes the whole line, or nothing of it. */
  #writeTo(segment: Segment, line: Buffer): LinePlace {
    const fd = this.#fd;
    const place = { start: segment.bytes, length: line.length };
    if (fd === undefined) return place;
    try {
      let written = 0;
      while (written < line.length) written += writeSync(fd, line, written);
    } catch (error) {
      // A line must not follow the half of another one.
      if (tryGet(() => [ftruncateSync(fd, segment.bytes)]) === undefined) this.abandon();
      throw error;
    }
    segment.bytes += line.length;
    this.#bytes += line.length;
    return place;
  }

  /** The segment that is written to; a new one in each life, and whenever one is full. */
  #lastSegment(): Segment {
    const last = this.#segments.at(-1);
    if (last !== undefined && this.#fd !== undefined && last.bytes < SEGMENT_BYTES) return last;
    this.#closeLast();
    this.#lastNumber += 1;
    const path = this.#pathOf(this.#lastNumber);
    this.#fd = openSync(path, 'ax');
    const segment = this.#enter({ path, bytes: 0, live: new Map() });
    this.#isEntrySafe = false;
    try {
      this.#writeTo(segment, Buffer.from(HEADER));
      return segment;
    } catch (error) {
      this.abandon();
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

  /** @param count of the batches that share the line */
  #remember(id: string, segment: Segment, line: LinePlace, count: number): void {
    this.#forget(id);
    const bytes = line.length / count;
    segment.live.set(id, { line, bytes });
    this.#segmentOf.set(id, segment);
    this.#liveBytes += bytes;
  }

  #forget(id: string): void {
    const segment = this.#segmentOf.get(id);
    if (segment === undefined) return;
    this.#liveBytes -= segment.live.get(id)?.bytes ?? 0;
    segment.live.delete(id);
    this.#segmentOf.delete(id);
  }

  /** Frees the space that nothing needs any more. */
  #tidy(): void {
    if (this.#segmentOf.size === 0 && this.#bytes > IDLE_BYTES) this.#empty();
    for (let first = this.#segments[0]; first !== undefined && this.#segments.length > 1; first = this.#segments[0]) {
      if (first.live.size > 0) {
        if (this.#bytes < 2 * this.#liveBytes + 2 * SEGMENT_BYTES) return;
        this.#moveLive(first);
      }
      this.#delete(first);
    }
  }

  /** Writes what is live in a segment once more, at the end. */
  #moveLive(segment: Segment): void {
    const wanted = new Set(segment.live.keys());
    const moved = new Map<string, StoredBatch>();
    readSegment(readFileSync(segment.path), segment.path, ({ put }) => {
      for (const batch of put) if (wanted.has(batch.id)) moved.set(batch.id, batch);
    });
    for (const batch of moved.values()) {
      const line = lineOf({ put: [batch], remove: [] });
      const last = this.#lastSegment();
      this.#remember(batch.id, last, this.#writeTo(last, line), 1);
    }
  }

  /** Nothing is live. The last segment stays, because a new one would cost two more syncs. */
  #empty(): void {
    const last = this.#fd === undefined ? undefined : this.#segments.at(-1);
    for (const segment of [...this.#segments]) if (segment !== last) this.#delete(segment);
    if (last === undefined || this.#fd === undefined) return;
    ftruncateSync(this.#fd, HEADER.length);
    this.#bytes += HEADER.length - last.bytes;
    last.bytes = HEADER.length;
  }

  #clear(): void {
    this.#closeLast();
    for (const segment of [...this.#segments]) this.#delete(segment);
  }

  #delete(segment: Segment): void {
    unlinkSync(segment.path);
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.#bytes -= segment.bytes;
  }

  #closeLast(): void {
    if (this.#fd === undefined) return;
    if (this.#options.isSynced) fdatasyncSync(this.#fd);
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Resolves after an `fdatasync` that began after the call: those that wait share one. */
  async #synced(): Promise<void> {
    const before = this.#sync;
    if (before !== undefined) await before.catch(() => undefined);
    return (this.#sync ??= this.#syncNow());
  }

  async #syncNow(): Promise<void> {
    try {
      const fd = this.#fd;
      if (fd === undefined) return;
      await datasync(fd).catch((error: unknown) => {
        // A segment that was closed meanwhile is durable, too.
        if (this.#fd === fd) failAs('unavailable')(error);
      });
      if (this.#isEntrySafe) return;
      await syncFolder(this.#options.dir);
      if (this.#fd === fd) this.#isEntrySafe = true;
    } finally {
      this.#sync = undefined;
    }
  }
}

const datasync = promisify(fdatasync);
