/** The marbles of one row by frame, in order: `'a'`, or `'ab|'` for three in the same frame. */
export type Row = ReadonlyMap<number, string>;

/** A longer pause is written as a duration. */
const LONGEST_DASHES = 20;

/**
 * Draws rows as marble diagrams with aligned columns.
 *
 * A group such as `(ab)` takes four columns, which are four frames of RxJS's marble syntax. If a marble follows within these frames, the diagram
 * can't show its time exactly; the other rows are then padded with blanks, which take no time.
 */
export function drawMarbles(rows: readonly Row[]): string[] {
  const frames = [...new Set(rows.flatMap((row) => [...row.keys()]))].filter((frame) => frame !== Infinity).sort((a, b) => a - b);
  const lines = rows.map(() => new Line(Math.min(0, frames[0] ?? 0)));
  const catchUp = (frame: number): void => {
    for (const line of lines) line.waitUntil(frame);
    const width = Math.max(...lines.map(({ text }) => text.length));
    for (const line of lines) line.text = line.text.padEnd(width);
  };
  for (const frame of frames) {
    const from = Math.max(...lines.map(({ time }) => time));
    if (frame - from > LONGEST_DASHES) {
      catchUp(from);
      for (const line of lines) line.skip(frame - from);
    }
    catchUp(frame);
    rows.forEach((row, index) => lines[index]?.mark(row.get(frame)));
  }
  const end = Math.max(...lines.map(({ time }) => time));
  for (const line of lines) line.waitUntil(end);
  return lines.map(({ text }) => text.trimEnd());
}

class Line {
  text = '';
  /** The frame of the next column. */
  time: number;
  #ended = false;

  constructor(time: number) {
    this.time = time;
  }

  waitUntil(frame: number): void {
    this.text += (this.#ended ? ' ' : '-').repeat(Math.max(0, frame - this.time));
    this.time = Math.max(this.time, frame);
  }

  skip(frames: number): void {
    const duration = ` ${String(frames)}ms `;
    this.text += this.#ended ? ' '.repeat(duration.length) : duration;
    this.time += frames;
  }

  mark(marbles: string | undefined): void {
    if (marbles === undefined) return;
    const drawn = [...marbles].length > 1 ? `(${marbles})` : marbles;
    this.text += drawn;
    this.time += [...drawn].length;
    this.#ended = /[|#!]$/.test(marbles);
  }
}
