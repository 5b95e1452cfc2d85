import { expect } from 'chai';
import { of, Subject, toArray } from 'rxjs';
import { parseOnReject, safeOnReject, stepOperator, type StartStep } from '../../lib/operators/step.js';

const even: StartStep<number> =
  ({ reject }) =>
  (event) => {
    if (event % 2 === 0) return event;
    reject(event, 'filtered');
    return undefined;
  };

describe('stepOperator', () => {
  it('passes the result of the step, and reports rejected events', () => {
    const rejected: unknown[] = [];
    let passed: unknown;
    of(1, 2, 3, 4)
      .pipe(stepOperator(even, { onReject: (...args) => rejected.push(args.slice(0, 2)) }), toArray())
      .subscribe((events) => (passed = events));
    expect(passed).to.deep.equal([2, 4]);
    expect(rejected).to.deep.equal([
      [1, 'filtered'],
      [3, 'filtered'],
    ]);
  });

  it('starts the step once for each subscription', () => {
    let starts = 0;
    const counting: StartStep<number> = () => {
      starts += 1;
      return (event) => event;
    };
    const source$ = new Subject<number>().pipe(stepOperator(counting));
    expect(starts).to.equal(0);
    source$.subscribe();
    source$.subscribe();
    expect(starts).to.equal(2);
  });

  it('starts it with the clock and the randomness of the options', () => {
    let env: unknown[] = [];
    const reading: StartStep<number> = (stepEnv) => {
      env = [stepEnv.now(), stepEnv.random()];
      return (event) => event;
    };
    const scheduler = { now: () => 5, schedule: () => expect.fail('no timer is needed') };
    of(1)
      .pipe(stepOperator(reading, { scheduler, random: () => 0.25 }))
      .subscribe();
    expect(env).to.deep.equal([5, 0.25]);
  });

  it('continues if onReject throws', () => {
    const passed: number[] = [];
    const onReject = (): never => {
      throw new Error('boom');
    };
    of(1, 2)
      .pipe(stepOperator(even, { onReject }))
      .subscribe((event) => passed.push(event));
    expect(passed).to.deep.equal([2]);
    expect(() => {
      safeOnReject(onReject)(1, 'filtered');
      safeOnReject(undefined)(1, 'filtered');
    }).not.to.throw();
  });

  it('throws for invalid options', () => {
    expect(() => stepOperator(even, { random: 5 as never })).to.throw(TypeError, 'Expected `random` to be a function');
    expect(() => parseOnReject({ onreject: () => undefined } as object)).to.throw(TypeError, 'Did you mean `onReject`?');
    expect(parseOnReject({})).to.deep.equal({ onReject: undefined });
  });
});
