import type { IngestLimits } from './ingest-limits.js';
import { Refusal } from './refusal.js';

/** Levels around an event: the batch and its list. */
const ENVELOPE_LEVELS = 2;

/**
 * Parses the JSON texts of one request at a bounded cost.
 *
 * A parser spends far more time and memory on brackets and keys than on characters: 4 MB of brackets, which gzip packs into 4 kB, block it for a
 * second. So a text is scanned first. Everything that is nested deeper than in any valid event is overwritten by blanks; the event is still one level
 * too deep, and is reported as invalid. Beyond `limits.nodes` the request is refused.
 */
export class BoundedJson {
  readonly #maxDepth: number;
  readonly #maxNodes: number;
  readonly #maxItems: number;
  #nodes = 0;

  /** @param maxItems the maximum length of a text that is a list */
  constructor({ depth, nodes }: Pick<IngestLimits, 'depth' | 'nodes'>, maxItems = Infinity) {
    this.#maxDepth = depth + ENVELOPE_LEVELS;
    this.#maxNodes = nodes;
    this.#maxItems = maxItems;
  }

  /**
   * Parses UTF-8 strictly: invalid bytes are an error rather than a changed value. A byte order mark is dropped.
   *
   * @param bytes may be written to
   * @throws Refusal for too long a list, or too many nodes in the request; SyntaxError or TypeError for invalid text
   */
  parse(bytes: Uint8Array): unknown {
    this.#scan(bytes);
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  }

  /** Doesn't check that brackets match: the parser does. */
  #scan(bytes: Uint8Array): void {
    const tooDeep = this.#maxDepth + 1;
    let depth = 0;
    let blankFrom = 0;
    let isList = false;
    let items = 1;
    for (let index = 0; index < bytes.length; index += 1) {
      switch (bytes[index]) {
        case QUOTE:
          index = endOfString(bytes, index + 1);
          break;
        case COMMA:
          if (depth === 1) items += 1;
          break;
        case COLON:
          this.#nodes += 1;
          break;
        case LEFT_BRACKET:
        case LEFT_BRACE:
          this.#nodes += 1;
          if (depth === 0) isList = bytes[index] === LEFT_BRACKET;
          depth += 1;
          if (depth === tooDeep) blankFrom = index + 1;
          break;
        case RIGHT_BRACKET:
        case RIGHT_BRACE:
          if (depth === tooDeep) bytes.fill(BLANK, blankFrom, index);
          depth -= 1;
          break;
        default:
      }
    }
    if (depth >= tooDeep) bytes.fill(BLANK, blankFrom);
    if (isList && items > this.#maxItems) throw tooMany(this.#maxItems);
    if (this.#nodes > this.#maxNodes)
      throw new Refusal(413, 'TOO_COMPLEX', `Expected at most ${String(this.#maxNodes)} keys, objects and lists in a body`);
  }
}

export const tooMany = (maxEvents: number): Refusal => new Refusal(413, 'TOO_MANY_EVENTS', `Expected at most ${String(maxEvents)} events`);

/** The index of the closing quote, or beyond the end. */
function endOfString(bytes: Uint8Array, start: number): number {
  let index = start;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index;
}

const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const RIGHT_BRACKET = 0x5d;
const LEFT_BRACE = 0x7b;
const RIGHT_BRACE = 0x7d;
