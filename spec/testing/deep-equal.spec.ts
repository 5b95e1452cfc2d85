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
];

describe('deepEqual', () => {
  for (const [name, a, b] of equal) {
    it(`finds equal: ${name}`, () => {
      expect([deepEqual(a, b), deepEqual(b, a)]).to.deep.equal([true, true]);
    });
  }

  for (const [name, a, b] of different) {
    it(`tells apart: ${name}`, () => {
      expect([deepEqual(a, b), deepEqual(b, a)]).to.deep.equal([false, false]);
    });
  }
});
