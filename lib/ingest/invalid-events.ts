import type { DecodeFault } from '../codecs/decode-faults.js';
import type { IngestReport, InvalidEvent } from './ingest-report.js';

const MAX_LISTED = 100;
const MAX_FAULTS = 100;
const MAX_FAULTS_PER_EVENT = 5;
const MAX_PATH = 200;

/** Collects the invalid events of one body, for a report of bounded size. */
export class InvalidEvents {
  readonly #listed: InvalidEvent[] = [];
  #faults = 0;
  #more = 0;

  /** Whether further events are only counted, not described. */
  get isFull(): boolean {
    return this.#listed.length === MAX_LISTED;
  }

  add(index: number, faults: readonly DecodeFault[]): void {
    if (this.isFull) {
      this.#more += 1;
      return;
    }
    const shown = faults.slice(0, Math.min(MAX_FAULTS_PER_EVENT, MAX_FAULTS - this.#faults)).map(shortened);
    this.#faults += shown.length;
    this.#listed.push({ index, faults: shown });
  }

  report(): Pick<IngestReport, 'invalid' | 'moreInvalid'> {
    return { invalid: this.#listed, ...(this.#more > 0 && { moreInvalid: this.#more }) };
  }
}

/** Shortens paths and names, which may have any length with a user's codec. */
const shortened = ({ path, expected, got }: DecodeFault): DecodeFault => ({
  path: cut(path),
  expected: cut(expected),
  got: cut(got),
});

const cut = (text: string): string => (text.length > MAX_PATH ? `${text.slice(0, MAX_PATH)}…` : text);
