import { expect } from 'chai';
import { explainMarbles, type Message } from '../../lib/testing/explain-marbles.js';

const next = (frame: number, value: unknown): Message => ({ frame, notification: { kind: 'N', value } });
const complete = (frame: number): Message => ({ frame, notification: { kind: 'C' } });

describe('explainMarbles', () => {
  it('names the frame of the first difference, whichever side it is on', () => {
    const [first] = explainMarbles([next(1, 'a'), next(7, 'b')], [next(1, 'a'), next(5, 'b')], []).split('\n');
    expect(first).to.equal('Marbles differ at frame 5');
  });

  it('names the frame at which one side has more', () => {
    const [first] = explainMarbles([next(1, 'a')], [next(1, 'a'), complete(4)], []).split('\n');
    expect(first).to.equal('Marbles differ at frame 4');
  });

  it('draws each subscription on its own line', () => {
    const lines = explainMarbles([{ subscribedFrame: 0, unsubscribedFrame: 5 }], [{ subscribedFrame: 1, unsubscribedFrame: 1 }, { subscribedFrame: 6, unsubscribedFrame: Infinity }], []).split('\n'); // prettier-ignore
    expect(lines).to.deep.equal(['Subscriptions differ at frame 0', '  expected  ^----!', '  actual    -(^!)', '            ------^']);
  });
});
