const FLAGS = { type: '--type-field', time: '--time-field', id: '--id-field' } as const;

/** A part of an event that is read from a field of its record. */
export type Part = keyof typeof FLAGS;

const PARTS = Object.keys(FLAGS) as Part[];

/** Counts the fields that types, times and ids were read from. */
export class FieldUse {
  readonly #named: Readonly<Partial<Record<Part, string | undefined>>>;
  readonly #counts: Readonly<Record<Part, Map<string, number>>> = { type: new Map(), time: new Map(), id: new Map() };
  records = 0;

  /** `named` holds the fields that were asked for; the others are guessed. */
  constructor(named: Readonly<Partial<Record<Part, string | undefined>>> = {}) {
    this.#named = named;
  }

  add(part: Part, name: string): void {
    const counts = this.#counts[part];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  /** How often each field was used. */
  counts(): Readonly<Record<Part, Readonly<Record<string, number>>>> {
    const { type, time, id } = this.#counts;
    return { type: Object.fromEntries(type), time: Object.fromEntries(time), id: Object.fromEntries(id) };
  }

  /** `type from name (633 of 30,382 records), time from ts, id from no field; guessed: --type-field …`; nothing without a record. */
  lines(): string[] {
    if (this.records === 0) return [];
    const guessed = PARTS.filter((part) => this.#named[part] === undefined);
    const hint =
      guessed.length === 0
        ? ''
        : `; guessed: ${listed(guessed.map((part) => FLAGS[part]))} choose${guessed.length === 1 ? 's another' : ' others'}`;
    return [`fields  ${PARTS.map((part) => this.#textOf(part)).join(', ')}${hint}`];
  }

  /** The named fields that no record has. */
  missing(): string[] {
    if (this.records === 0) return [];
    return PARTS.flatMap((part) => {
      const name = this.#named[part];
      return name === undefined || this.#counts[part].size > 0 ? [] : [`no record has a ${part} in '${name}' (${FLAGS[part]})`];
    });
  }

  #textOf(part: Part): string {
    const counts = [...this.#counts[part]];
    if (counts.length === 0) return `${part} from no field`;
    const names = counts.map(([name, count]) =>
      count === this.records ? name : `${name} (${count.toLocaleString('en-US')} of ${this.records.toLocaleString('en-US')} records)`,
    );
    return `${part} from ${names.join(' or ')}`;
  }
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
