/** What becomes of an event whose data is such: as it stands, measured for its bytes, or redacted. */
export interface Fates {
  readonly plain: 'accepted';
  readonly measured: 'accepted' | 'invalid' | 'dropped';
  readonly redacted: 'accepted' | 'dropped';
}

export interface HostileData extends Fates {
  readonly name: string;
  readonly make: () => unknown;
}

const harmless: Fates = { plain: 'accepted', measured: 'accepted', redacted: 'accepted' };
/** What no JSON can be made of, and which can't be looked through either. */
const unreadable: Fates = { plain: 'accepted', measured: 'invalid', redacted: 'dropped' };
const unencodable: Fates = { plain: 'accepted', measured: 'invalid', redacted: 'accepted' };

/** Every payload that could bring down code that trusts its input. */
export const HOSTILE_DATA: readonly HostileData[] = [
  { name: 'a cycle', make: cycle, ...unreadable },
  { name: 'a cycle through a Map', make: mapCycle, measured: 'accepted', plain: 'accepted', redacted: 'dropped' },
  { name: 'a getter that throws', make: () => ({ get secret(): never { throw new Error('not yours'); } }), ...unreadable },
  { name: 'a getter that throws nothing', make: () => ({ get secret(): never { throw undefined; } }), ...unreadable },
  { name: 'a toJSON that throws', make: () => ({ toJSON: () => { throw new Error('not today'); } }), ...unreadable },
  { name: 'a toJSON that gives itself', make: selfJson, ...harmless },
  { name: 'a BigInt', make: () => ({ amount: 10n ** 30n }), ...unencodable },
  { name: 'an own __proto__', make: () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}') as unknown, ...harmless },
  { name: 'no prototype', make: () => Object.assign(Object.create(null) as object, { a: 'ada@example.org' }), ...harmless },
  { name: 'a Map and a Set', make: () => ({ map: new Map<unknown, unknown>([['ada@example.org', { ip: '192.0.2.7' }], [{}, 1]]), set: new Set(['192.0.2.7', {}]) }), ...harmless },
  { name: '100,000 levels of objects', make: () => nested((inner) => ({ inner })), ...unencodable },
  { name: '100,000 levels of arrays', make: () => nested((inner) => [inner]), ...unencodable },
  { name: 'a Proxy that forbids everything', make: forbidding, ...unreadable },
  { name: 'a revoked Proxy', make: revoked, ...unreadable },
  { name: 'a Proxy with keys without end', make: endless, measured: 'accepted', plain: 'accepted', redacted: 'accepted' },
  { name: 'symbols', make: () => ({ [Symbol('key')]: 1, value: Symbol('value'), list: [Symbol.iterator] }), ...harmless },
  { name: 'functions', make: () => ({ run: () => undefined, cls: class Own {} }), ...harmless },
  { name: 'dates, also invalid ones', make: () => ({ now: new Date(0), never: new Date(NaN) }), plain: 'accepted', measured: 'accepted', redacted: 'accepted' },
  { name: 'binary data', make: () => ({ bytes: new Uint8Array(1_000), view: new DataView(new ArrayBuffer(8)) }), plain: 'accepted', measured: 'dropped', redacted: 'accepted' },
  { name: 'errors', make: () => ({ error: new Error('for ada@example.org', { cause: new Error('from 192.0.2.7') }) }), ...harmless },
  { name: 'a regular expression, a promise and a WeakMap', make: () => [/a+/g, Promise.resolve(1), new WeakMap()], ...harmless },
  { name: 'numbers that JSON lacks', make: () => [NaN, Infinity, -Infinity, -0], ...harmless },
  { name: 'a huge string', make: () => '\u{1f600}'.repeat(1_000_000), plain: 'accepted', measured: 'dropped', redacted: 'accepted' },
  { name: 'a string of hostile repetition', make: () => 'a@'.repeat(50_000), plain: 'accepted', measured: 'dropped', redacted: 'accepted' },
  { name: 'lone surrogates', make: () => ['\ud83d', '\ude00', '\ude00\ud83d'], ...harmless },
  { name: 'a sparse array', make: () => [, 1, , 2] as unknown, ...harmless }, // eslint-disable-line no-sparse-arrays
  { name: 'keys named like methods', make: () => ({ hasOwnProperty: 1, toString: 2, valueOf: 3, then: 4, length: -1 }), ...harmless },
  { name: 'undefined', make: () => undefined, ...harmless },
  { name: 'null', make: () => null, ...harmless },
];
