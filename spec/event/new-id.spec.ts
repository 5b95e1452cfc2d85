import { expect } from 'chai';
import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import { validate, version } from 'uuid';
import { createIdSource, newId } from '../../lib/event/new-id.js';

const NOW = 1_700_000_000_000;

const timeOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

const take = (count: number, next: () => string): string[] => Array.from({ length: count }, next);

function expectAscending(ids: readonly string[]): void {
  const descent = ids.findIndex((id, index) => index > 0 && id <= (ids[index - 1] ?? ''));
  expect(descent, `${String(ids[descent - 1])} before ${String(ids[descent])}`).to.equal(-1);
}

/** Runs `body` while `crypto.getRandomValues` is this. */
function withRandomValues(fill: (bytes: Uint8Array) => void, body: () => void): void {
  const own = Object.getOwnPropertyDescriptor(crypto, 'getRandomValues');
  const getRandomValues = (bytes: Uint8Array): Uint8Array => {
    fill(bytes);
    return bytes;
  };
  Object.defineProperty(crypto, 'getRandomValues', { value: getRandomValues, configurable: true });
  try {
    body();
  } finally {
    Reflect.deleteProperty(crypto, 'getRandomValues');
    if (own !== undefined) Object.defineProperty(crypto, 'getRandomValues', own);
  }
}

describe('createIdSource', () => {
  it('creates UUIDs of version 7 and the variant of RFC 9562', () => {
    let now = NOW;
    const next = createIdSource(() => (now += 0.01));
    for (const id of take(10_000, next)) {
      expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(validate(id) && version(id) === 7, id).to.be.true;
    }
  });

  it('puts the time of its clock in front', () => {
    let now = NOW;
    const next = createIdSource(() => (now += 7));
    expect(take(50, next).map(timeOf)).to.deep.equal(Array.from({ length: 50 }, (_, index) => NOW + 7 * (index + 1)));
  });

  it('uses whole milliseconds of a clock with fractions', () => {
    const clock = [0.9, 1.1, 1.9, 2];
    let now = NOW;
    const next = createIdSource(() => now);
    const times: number[] = [];
    for (const offset of clock) {
      now = NOW + offset;
      times.push(timeOf(next()) - NOW);
    }
    expect(times).to.deep.equal([0, 1, 1, 2]);
  });

  it('ascends strictly within one millisecond, and stays in it', () => {
    const ids = take(
      100_000,
      createIdSource(() => NOW),
    );
    expectAscending(ids);
    expect(new Set(ids.map(timeOf))).to.deep.equal(new Set([NOW]));
  });

  it('ascends from millisecond to millisecond', () => {
    let calls = 0;
    expectAscending(
      take(
        100_000,
        createIdSource(() => NOW + Math.floor((calls += 1) / 300)),
      ),
    );
  });

  it('ascends while the clock is back, with the last time, and follows it again once it has caught up', () => {
    const clock = [NOW, NOW - 86_400_000, NOW - 1, NOW, NOW + 1, NOW + 86_400_000, NOW + 2];
    const ids: string[] = [];
    let now = NOW;
    const next = createIdSource(() => now);
    for (now of clock) ids.push(...take(400, next));
    expectAscending(ids);
    const times = clock.map((_, index) => [...new Set(ids.slice(index * 400, (index + 1) * 400).map(timeOf))]);
    expect(times).to.deep.equal([[NOW], [NOW], [NOW], [NOW], [NOW + 1], [NOW + 86_400_000], [NOW + 86_400_000]]);
  });

  it('ascends and stays valid with any clock', () => {
    const clocks = fc.array(fc.oneof(fc.double(), fc.double({ min: NOW, max: NOW + 5 }), fc.constantFrom(NaN, Infinity, -1, 0, 2 ** 48)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(clocks, (clock) => {
        let now = 0;
        const next = createIdSource(() => now);
        const ids: string[] = [];
        for (now of clock) ids.push(...take(200, next));
        expectAscending(ids);
        expect(ids.every((id) => validate(id) && version(id) === 7)).to.be.true;
      }),
    );
  });

  it('begins at the epoch when its clock does', () => {
    expect(timeOf(createIdSource(() => 0)())).to.equal(0);
    expect(timeOf(createIdSource(() => -5)())).to.equal(0);
  });

  it('shares no id with another source on the same clock', () => {
    const a = createIdSource(() => NOW);
    const b = createIdSource(() => NOW);
    expect(new Set([...take(50_000, a), ...take(50_000, b)])).to.have.property('size', 100_000);
  });

  it('uses fresh randomness for every millisecond', () => {
    let now = NOW;
    const tails = take(
      2_000,
      createIdSource(() => (now += 1)),
    ).map((id) => id.slice(14));
    expect(new Set(tails)).to.have.property('size', 2_000);
  });

  it('uses 72 random bits, and leaves both counters the upper half to grow into', () => {
    withRandomValues(
      (bytes) => bytes.fill(0xff),
      () => expect(createIdSource(() => NOW)().slice(14)).to.equal('77ff-bfff-ffffffffff7f'),
    );
    withRandomValues(
      (bytes) => bytes.fill(0),
      () => expect(createIdSource(() => NOW)().slice(14)).to.equal('7000-8000-000000000000'),
    );
  });

  it('draws randomness only when an id is requested, and then for many ids', () => {
    let asked = 0;
    let now = NOW;
    withRandomValues(
      (bytes) => {
        asked += 1;
        bytes.fill(asked);
      },
      () => {
        const next = createIdSource(() => (now += 1));
        expect(asked).to.equal(0);
        take(256, next);
        expect(asked).to.equal(1);
        next();
        expect(asked).to.equal(2);
      },
    );
  });

  it('creates at least 128 ids from one draw, even while the clock is set back or between milliseconds', () => {
    let asked = 0;
    const clock = [NOW + 0.5, NOW, NOW - 5, NOW + 0.7];
    let calls = 0;
    withRandomValues(
      (bytes) => {
        asked += 1;
        bytes.fill(0xff);
      },
      () =>
        take(
          256 * 128,
          createIdSource(() => clock[(calls += 1) % clock.length]!),
        ),
    );
    expect(asked).to.equal(1);
  });

  it('never uses a random byte twice', () => {
    let now = NOW;
    const seen: string[] = [];
    withRandomValues(
      (bytes) => {
        // Each block of 16 bytes has a number of its own in its last but one.
        for (let index = 0; index < bytes.length; index += 16) bytes[index + 14] = index / 16;
      },
      () =>
        seen.push(
          ...take(
            256,
            createIdSource(() => (now += 1)),
          ).map((id) => id.slice(32, 34)),
        ),
    );
    expect(seen).to.deep.equal(Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0')));
  });
});

describe('newId', () => {
  it("creates ascending ids with the time of asyncScheduler's clock", () => {
    const before = asyncScheduler.now();
    const ids = take(1_000, newId);
    expectAscending(ids);
    expect(timeOf(ids[0]!)).to.be.within(before, asyncScheduler.now());
  });
});
