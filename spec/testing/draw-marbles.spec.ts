import { expect } from 'chai';
import { drawMarbles } from '../../lib/testing/draw-marbles.js';

const row = (marks: Record<number, string>): Map<number, string> =>
  new Map(Object.entries(marks).map(([frame, text]) => [Number(frame), text]));

describe('drawMarbles', () => {
  it('draws a frame a column', () => {
    expect(drawMarbles([row({ 1: 'a', 3: 'b', 4: '|' })])).to.deep.equal(['-a-b|']);
  });

  it('draws a silent row as long as the others', () => {
    expect(drawMarbles([row({}), row({ 2: 'a', 4: '|' })])).to.deep.equal(['-----', '--a-|']);
  });

  it('draws nothing after the end of a row', () => {
    expect(drawMarbles([row({ 1: '|' }), row({ 6: 'a' })])).to.deep.equal(['-|', '------a']);
  });

  it('groups the marbles of one frame', () => {
    expect(drawMarbles([row({ 1: 'ab', 7: '|' }), row({ 1: 'a', 7: '|' })])).to.deep.equal(['-(ab)--|', '-a-----|']);
  });

  it('shortens a long silence in every row alike', () => {
    expect(drawMarbles([row({ 1: 'a', 100: 'b' }), row({ 1: 'ac', 100: 'd' })])).to.deep.equal(['-a--- 95ms b', '-(ac) 95ms d']);
  });

  it('draws subscriptions, including those that never end', () => {
    expect(drawMarbles([row({ 1: '^', 4: '!' }), row({ 0: '^', [Infinity]: '!' })])).to.deep.equal(['-^--!', '^----']);
  });

  it('draws nothing for nothing', () => {
    expect(drawMarbles([row({}), row({})])).to.deep.equal(['', '']);
  });
});
