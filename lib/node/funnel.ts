/** An actor's way through the steps; index by step. */
interface Progress {
  /** For each step that was reached, the latest time at which a chain of events that led to it began. */
  readonly starts: (number | undefined)[];
  /** The largest weight in that chain. */
  readonly weights: number[];
  /** The smallest such weight of all chains that led to the step. */
  readonly best: (number | undefined)[];
}

/**
 * Counts the actors that take steps in order. Events are added in order of time.
 *
 * ```
 * steps    a b c, within 5
 * events   a---a-b--c       a c: the second a begins the chain that counts
 * ```
 *
 * Only the latest start of each step is kept: among chains that led to the same step, it leaves the most time for the next ones.
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
    // From the last step: where a type is several steps, one event is one of them.
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

  /** The actors that reached each step. */
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
