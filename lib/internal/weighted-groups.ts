/**
 * Estimates quantiles of weighted numbers. The classes of `@datadog/sketches-js` are such sketches.
 */
export interface QuantileSketch {
  accept(value: number, weight: number): void;
  /** The quantile for a share of the total weight, from 0 to 1. */
  getValueAtQuantile(share: number): number;
}

/** The summary of the numbers of a group. */
export interface AggregateNumbers {
  /** Number of events with a number. */
  readonly count: number;
  /** Number of offered events that these events represent. */
  readonly weight: number;
  /** Sum of each number times the weight of its event. Divide it by `weight` for the mean. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** One value for each of `shares`. */
  readonly quantiles: readonly number[];
}

/** The events of a window with the same key. */
export interface AggregateGroup<K> {
  readonly key: K;
  readonly count: number;
  /** Number of offered events that these events represent. */
  readonly weight: number;
  /** `undefined` if no event had a number. */
  readonly numbers: AggregateNumbers | undefined;
}

/** Settings for the summary of a group's numbers. */
export interface Summary {
  readonly shares: readonly number[];
  readonly sketch: (() => QuantileSketch) | undefined;
}

/** The groups of a window. Keys beyond the limit share one group. */
export class WeightedGroups<K> {
  readonly #summary: Summary;
  readonly #maxKeys: number;
  readonly #groups = new Map<K, Group>();
  #other: Group | undefined;

  constructor(summary: Summary, maxKeys: number) {
    this.#summary = summary;
    this.#maxKeys = maxKeys;
  }

  /** Adds an event to its group; adds nothing if the sketch throws. */
  add(key: K, weight: number, value: number | undefined): void {
    const known = this.#groups.get(key);
    const hasCapacity = known !== undefined || this.#groups.size < this.#maxKeys;
    const group = known ?? (hasCapacity ? undefined : this.#other) ?? new Group(this.#summary.sketch?.());
    group.add(weight, value);
    if (!hasCapacity) this.#other = group;
    else if (known === undefined) this.#groups.set(key, group);
  }

  /** The groups, heaviest first. */
  list(): AggregateGroup<K>[] {
    const groups = Array.from(this.#groups, ([key, group]) => group.close(key, this.#summary.shares));
    return groups.sort((a, b) => b.weight - a.weight);
  }

  other(): AggregateGroup<undefined> | undefined {
    return this.#other?.close(undefined, this.#summary.shares);
  }
}

class Group {
  readonly #sketch: QuantileSketch | undefined;
  #count = 0;
  #weight = 0;
  #numberCount = 0;
  #numberWeight = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  constructor(sketch: QuantileSketch | undefined) {
    this.#sketch = sketch;
  }

  add(weight: number, value: number | undefined): void {
    if (value !== undefined && Number.isFinite(value)) {
      this.#sketch?.accept(value, weight);
      this.#numberCount += 1;
      this.#numberWeight += weight;
      this.#sum += value * weight;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
    this.#count += 1;
    this.#weight += weight;
  }

  close<K>(key: K, shares: readonly number[]): AggregateGroup<K> {
    return { key, count: this.#count, weight: this.#weight, numbers: this.#numberCount === 0 ? undefined : this.#numbers(shares) };
  }

  #numbers(shares: readonly number[]): AggregateNumbers {
    const sketch = this.#sketch;
    return {
      count: this.#numberCount,
      weight: this.#numberWeight,
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
      quantiles: sketch === undefined ? [] : shares.map((share) => sketch.getValueAtQuantile(share)),
    };
  }
}
