import { identity, type MonoTypeOperatorFunction } from 'rxjs';
import { operate } from '../internal/operate.js';
import { Deque } from '../internal/deque.js';

/**
 * Holds events while there is no sink to take them, and lets them go in order to the first that comes.
 *
 * As an operator it stands between the hot events and the batches. Its bound is kept at the collector's door, where the newest is refused.
 */
export class EarlyEvents<E> {
  readonly #held = new Deque<E>();
  readonly #maxHeld: () => number;
  readonly #onExcess: () => void;
  #isHolding: boolean;
  #release: (event: E) => void = () => undefined;

  /** @param onExcess told about an event that came although `maxHeld` were held: its door was passed when nothing was held yet */
  constructor(isHolding: boolean, maxHeld: () => number, onExcess: () => void) {
    this.#isHolding = isHolding;
    this.#maxHeld = maxHeld;
    this.#onExcess = onExcess;
  }

  get isHolding(): boolean {
    return this.#isHolding;
  }

  get size(): number {
    return this.#held.length;
  }

  get untilSink(): MonoTypeOperatorFunction<E> {
    // Where nothing is ever held, there is no need for a hop.
    if (!this.#isHolding) return identity;
    return operate<E, E>((destination) => {
      this.#release = (event) => {
        destination.next(event);
      };
      return {
        next: (event) => {
          if (!this.#isHolding) destination.next(event);
          else if (this.#held.length < this.#maxHeld()) this.#held.push(event);
          else this.#onExcess();
        },
      };
    });
  }

  /** From now on events are held again. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Lets what is held go, oldest first, and everything that follows. */
  open(): void {
    this.#isHolding = false;
    for (const event of this.#held.drain()) this.#release(event);
  }

  /** Takes the newest out until `size` are left; gives how many it took. */
  trim(size: number): number {
    const excess = Math.max(0, this.#held.length - size);
    for (let count = 0; count < excess; count += 1) this.#held.pop();
    return excess;
  }
}
