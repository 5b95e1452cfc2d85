import { expect } from 'chai';
import { Subject, type Subscription } from 'rxjs';
import { HotSubject } from '../../lib/internal/hot-subject.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

/** What observers see who come and go, also from inside of each other's callbacks, as the seed has it. */
function played(subject: Subject<number>, seed: number): string[] {
  const random = seededRandom(seed);
  const seen: string[] = [];
  const open: Subscription[] = [];
  let observers = 0;
  let values = 0;
  const act = (depth: number): void => {
    const drawn = random();
    if (drawn < 0.3) {
      const name = (observers += 1);
      open.push(
        subject.subscribe({
          next: (value) => {
            seen.push(`${String(name)} sees ${String(value)}`);
            if (depth < 3 && random() < 0.2) act(depth + 1);
          },
          complete: () => seen.push(`${String(name)} ends`),
        }),
      );
    } else if (drawn < 0.45) open.splice(Math.floor(random() * open.length), 1)[0]?.unsubscribe();
    else if (values < 60) subject.next((values += 1));
  };
  for (let step = 0; step < 60; step += 1) act(0);
  subject.complete();
  return seen;
}

describe('HotSubject', () => {
  it('behaves like a Subject if observers subscribe, unsubscribe or emit during an emission', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      expect(played(new HotSubject<number>(), seed), `seed ${String(seed)}`).to.deep.equal(played(new Subject<number>(), seed));
    }
  });
});
