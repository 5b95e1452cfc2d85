/** The outcome of an event with this data: by default, with a byte limit, and with redaction. */
export interface Fates {
  readonly plain: 'accepted';
  readonly measured: 'accepted' | 'invalid' | 'dropped';
  readonly redacted: 'accepted' | 'dropped';
}

export interface HostileData {
  readonly name: string;
  readonly make: () => unknown;
  readonly fates: Fates;
  /** Visiting all of it takes about a second. */
  readonly isSlow?: true;
}

const harmless: Fates = { plain: 'accepted', measured: 'accepted', redacted: 'accepted' };
/** Has no JSON form, and redaction can't visit it either. */
const unreadable: Fates = { plain: 'accepted', measured: 'invalid', redacted: 'dropped' };
const unencodable: Fates = { plain: 'accepted', measured: 'invalid', redacted: 'accepted' };
const big: Fates = { plain: 'accepted', measured: 'dropped', redacted: 'accepted' };

/** The bytes that `measured` allows. */
export const MAX_BYTES = 2_000;

/** Payloads that break code which trusts its input. */
export const HOSTILE_DATA: readonly HostileData[] = [
  { name: 'a cycle', make: () => cycle(), fates: harmless },
  { name: 'a cycle through a Map', make: () => mapCycle(), fates: harmless },
  { name: 'a getter that throws', make: () => throwing(new Error('not yours')), fates: unreadable },
  { name: 'a getter that throws undefined', make: () => throwing(undefined), fates: unreadable },
  { name: 'a toJSON that throws', make: () => ({ toJSON: fail }), fates: unreadable },
  { name: 'a toJSON that returns its owner', make: () => selfJson(), fates: harmless },
  { name: 'a BigInt', make: () => ({ amount: 10n ** 30n }), fates: harmless },
  { name: 'a __proto__ of its own', make: () => JSON.parse(POLLUTING) as unknown, fates: harmless },
  { name: 'no prototype', make: () => Object.assign(Object.create(null) as object, { to: 'ada@example.org' }), fates: harmless },
  {
    name: 'a Map and a Set',
    make: () => [new Map<unknown, unknown>([[{}, 'ada@example.org']]), new Set(['192.0.2.7', {}])],
    fates: harmless,
  },
  { name: '100,000 levels of objects', make: () => nested((inner) => ({ inner })), fates: unencodable, isSlow: true },
  { name: '100,000 levels of arrays', make: () => nested((inner) => [inner]), fates: unencodable, isSlow: true },
  { name: 'a Proxy that forbids everything', make: () => forbidding(), fates: unreadable },
  { name: 'a revoked Proxy', make: () => revoked(), fates: unreadable },
  { name: 'a Proxy that unfolds without end', make: () => endless(), fates: unreadable, isSlow: true },
  { name: 'symbols', make: () => ({ [Symbol('key')]: 1, value: Symbol('value'), list: [Symbol.iterator] }), fates: harmless },
  { name: 'functions and classes', make: () => ({ run: fail, own: Map }), fates: harmless },
  { name: 'an invalid date', make: () => new Date(NaN), fates: harmless },
  { name: 'binary data', make: () => new Uint8Array(MAX_BYTES), fates: big },
  { name: 'errors', make: () => new Error('for ada@example.org', { cause: new Error('from 192.0.2.7') }), fates: harmless },
  { name: 'a regular expression, a promise and a WeakMap', make: () => [/a+/g, Promise.resolve(1), new WeakMap()], fates: harmless },
  { name: 'numbers that JSON lacks', make: () => [NaN, Infinity, -Infinity, -0], fates: harmless },
  { name: 'a huge string', make: () => '\u{1f600}'.repeat(1_000_000), fates: big },
  { name: 'a string of hostile repetition', make: () => `${'a@'.repeat(50_000)}${'4'.repeat(50_000)}`, fates: big },
  { name: 'lone surrogates', make: () => ['\ud83d', '\ude00', '\ude00\ud83d'], fates: harmless },
  { name: 'holes', make: () => new Array<unknown>(10), fates: harmless },
  { name: 'keys named like methods', make: () => ({ hasOwnProperty: 1, toString: 2, valueOf: 3, then: 4, length: -1 }), fates: harmless },
  { name: 'undefined', make: () => undefined, fates: harmless },
  { name: 'null', make: () => null, fates: harmless },
];

export const POLLUTING = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

/** A Proxy each of whose traps throws. */
export function forbidding(): object {
  return new Proxy({}, new Proxy({}, { get: () => fail }));
}

export function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An object with a property, `secret` unless it is named, that throws. */
export function throwing(thrown: unknown, name = 'secret'): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw thrown;
    },
  });
}

function fail(): never {
  throw new Error('not today');
}

function cycle(): object {
  const a: Record<string, unknown> = { list: [] };
  (a.list as unknown[]).push({ a });
  return a;
}

function mapCycle(): object {
  const map = new Map<string, unknown>();
  return map.set('map', map);
}

function selfJson(): object {
  const own = { n: 1, toJSON: (): object => own };
  return own;
}

function endless(): object {
  return new Proxy({ next: 1 }, { get: (_target, name) => (name === 'next' ? endless() : undefined) });
}

function nested(wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'ada@example.org';
  for (let level = 0; level < 100_000; level += 1) value = wrap(value);
  return value;
}
