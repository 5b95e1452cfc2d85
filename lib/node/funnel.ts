/** An actor's progress; each array is indexed by step. */
interface Progress {
  /** For each reached step, the latest start of a chain of events that led to it. */
  readonly starts: (number | undefined)[];
  /** For each reached step, the largest weight in that chain. */
  readonly weights: number[];
  /** For each reached step, the smallest such weight of all chains that led to it. */
  readonly best: (number | undefined)[];
}

/**
 * Counts the actors that reach steps in order. Events must be added in order of time.
 *
 * ```
 * steps    a b c, within 5
 * events   a---a-b--c       a c: the second a begins the chain that counts
 * ```
 *
 * Only the latest start is kept for each step, because that chain leaves the most time for the next steps.
 */
export class Funnel {
  readonly #steps: readonly string[];
  readonly #withinMs: number;
  readonly #actors = new Map<string, Progress>();

  constructor(steps: readonly string[], withinMs: number) {
    this.#steps = steps;
    this.#withinMs = withinMs;
  }

  add(actor: string, type: string, time: number, weight: number): void {
    let progress = this.#actors.get(actor);
    if (progress === undefined) this.#actors.set(actor, (progress = { starts: [], weights: [], best: [] }));
    const { starts, weights, best } = progress;
    // Starts with the last step: if several steps have the same type, an event counts for only one of a chain.
    for (let step = this.#steps.length - 1; step >= 0; step -= 1) {
      if (this.#steps[step] !== type) continue;
      const start = step === 0 ? time : starts[step - 1];
      if (start === undefined || time - start > this.#withinMs) continue;
      const heaviest = Math.max(weight, step === 0 ? 0 : (weights[step - 1] ?? 0));
      starts[step] = start;
      weights[step] = heaviest;
      best[step] = Math.min(heaviest, best[step] ?? Infinity);
    }
  }

  /** The count and weight of the actors that reached each step. */
  totals(): { readonly count: number; readonly weight: number }[] {
    return this.#steps.map((_, step) => {
      let count = 0;
      let weight = 0;
      for (const { best } of this.#actors.values()) {
        const reached = best[step];
        if (reached === undefined) continue;
        count += 1;
        weight += reached;
      }
      return { count, weight };
    });
  }
}
