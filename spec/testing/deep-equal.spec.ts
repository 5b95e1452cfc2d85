import { expect } from 'chai';
import { deepEqual } from '../../lib/testing/deep-equal.js';

function cycle(name: string): object {
  const loop: { name: string; self?: object } = { name };
  loop.self = { back: loop };
  return loop;
}

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

class Account {
  readonly #balance: number;

  constructor(balance: number) {
    this.#balance = balance;
  }

  get balance(): number {
    return this.#balance;
  }
}

const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;
const mark = Symbol('mark');

const equal: readonly (readonly [string, unknown, unknown])[] = [
  ['NaN', NaN, NaN],
  ['objects, whatever the order of their keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['nested arrays', [1, [2, { c: 3 }]], [1, [2, { c: 3 }]]],
  ['dates of the same instant', new Date(5), new Date(5)],
  ['maps', new Map([['a', { n: 1 }]]), new Map([['a', { n: 1 }]])],
  ['sets', new Set([1, 2]), new Set([1, 2])],
  ['errors that say the same', new TypeError('x'), new TypeError('x')],
  ['regular expressions', /a/u, /a/u],
  ['an instance and a literal', new Point(1, 2), { x: 1, y: 2 }],
  ['cycles', cycle('a'), cycle('a')],
  ['empty objects, with a prototype and without', {}, Object.create(null)],
  ['URLs', new URL('https://a.example/'), new URL('https://a.example/')],
  ['queries', new URLSearchParams('a=1'), new URLSearchParams('a=1')],
  ['buffers of the same bytes', bytes(1, 2), bytes(1, 2)],
  ['views of the same bytes, wherever they lie', new DataView(bytes(0, 1), 1), new DataView(bytes(1))],
  ['typed arrays', new Float64Array([NaN]), new Float64Array([NaN])],
  ['boxed primitives', Object(1), Object(1)],
  ['symbol keys', { [mark]: { n: 1 } }, { [mark]: { n: 1 } }],
  ['errors of the same cause', new Error('x', { cause: { n: 1 } }), new Error('x', { cause: { n: 1 } })],
];

const different: readonly (readonly [string, unknown, unknown])[] = [
  ['0 and -0', 0, -0],
  ['null and undefined', null, undefined],
  ['a key that is undefined and one that is not there', { a: undefined }, {}],
  ['as many keys, but others', { a: undefined }, { b: undefined }],
  ['an array and an object', [1], { 0: 1 }],
  ['arrays of different length', [1], [1, 2]],
  ['dates', new Date(5), new Date(6)],
  ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
  ['sets', new Set([1]), new Set([2])],
  ['errors by message', new Error('x'), new Error('y')],
  ['errors by kind', new Error('x'), new TypeError('x')],
  ['errors by what they carry', Object.assign(new Error('x'), { code: 1 }), Object.assign(new Error('x'), { code: 2 })],
  ['regular expressions', /a/u, /b/u],
  ['cycles', cycle('a'), cycle('b')],
  ['functions', () => 1, () => 1],
  ['an object and a primitive', {}, 1],
  ['URLs', new URL('https://a.example/'), new URL('https://b.example/')],
  ['queries', new URLSearchParams('a=1'), new URLSearchParams('a=2')],
  ['buffers', bytes(1), bytes(2)],
  ['buffers of different length', bytes(1), bytes(1, 0)],
  ['shared buffers', new SharedArrayBuffer(1), new SharedArrayBuffer(2)],
  ['views', new DataView(bytes(1)), new DataView(bytes(2))],
  ['typed arrays', new Uint8Array([1]), new Uint8Array([2])],
  ['typed arrays of different kinds', new Uint8Array([1, 0]), new Uint16Array([1])],
  ['boxed numbers', Object(1), Object(2)],
  ['boxed booleans', Object(true), Object(false)],
  ['boxed symbols', Object(mark), Object(Symbol('mark'))],
  ['promises', Promise.resolve(1), Promise.resolve(1)],
  ['weak maps', new WeakMap(), new WeakMap()],
  ['instances whose state is private', new Account(1), new Account(2)],
  ['an instance whose state is private and an empty object', new Account(1), {}],
  ['symbol keys', { [mark]: 1 }, { [mark]: 2 }],
  ['a symbol key and none', { [mark]: 1 }, {}],
  ['a key that is hidden on one side', { a: 1 }, Object.defineProperty({ b: 1 }, 'a', { value: 1 })],
  ['a hole and nothing', Array(1), []],
  ['errors by cause', new Error('x', { cause: 1 }), new Error('x', { cause: 2 })],
  ['errors by whether there is a cause', new Error('x', { cause: undefined }), new Error('x')],
  ['errors by the errors they hold', new AggregateError([1], 'x'), new AggregateError([2], 'x')],
];

describe('deepEqual', () => {
  for (const [name, a, b] of equal) {
    it(`finds equal: ${name}`, () => {
      expect([deepEqual(a, b), deepEqual(b, a)]).to.deep.equal([true, true]);
    });
  }

  for (const [name, a, b] of different) {
    it(`distinguishes: ${name}`, () => {
      expect([deepEqual(a, b), deepEqual(b, a)]).to.deep.equal([false, false]);
    });
  }
});
