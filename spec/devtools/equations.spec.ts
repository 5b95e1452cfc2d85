import { expect } from 'chai';
import { equations, type Equation } from '../../lib/devtools/equations.js';
import { createCollector } from '../../lib/index.js';

const EMPTY = createCollector({ sinks: [] }).stats();
const LANE = { offered: 5, recovered: 0, delivered: 1, failed: 1, dropped: 1, kept: 0, pending: 2 };
const textOf = ({ sink, left, right, holds }: Equation): string =>
  `${sink} ${[left, right].map((terms) => terms.map(([count, what]) => `${String(count)} ${what}`).join(' + ')).join(holds ? ' = ' : ' ≠ ')}`.trim();
const textsOf = (patch: object): readonly string[] => equations({ ...EMPTY, ...patch }).map(textOf);

describe('equations', () => {
  const counts = { eventsReceived: 28, eventsInvalid: 1, eventsClosed: 2, eventsFiltered: 3, eventsSampledOut: 4 };

  it('have every count of a collector', () => {
    expect(textsOf({ ...counts, eventsDropped: 5, eventsBuffered: 6, eventsProcessed: 7 })).to.deep.equal([
      '28 received = 1 invalid + 2 closed + 3 filtered + 4 sampled out + 5 dropped + 6 buffered + 7 processed',
    ]);
  });

  it('are two for a collector with stages', () => {
    const stages = { stagesIn: 13, stagesOut: 9, droppedBefore: 5, droppedAfter: 1, eventsBuffered: 2, eventsProcessed: 6 };
    expect(textsOf({ ...counts, ...stages })).to.deep.equal([
      '28 received = 1 invalid + 2 closed + 3 filtered + 4 sampled out + 5 dropped before stages + 13 into stages',
      '9 out of stages = 2 buffered + 6 processed + 1 dropped after stages',
    ]);
  });

  it('are one for each sink, with the counts of a durable one only if there are any', () => {
    expect(textsOf({ sinks: { http: LANE, file: { ...LANE, recovered: 2, kept: 2 } } }).slice(1)).to.deep.equal([
      'http 5 offered = 1 delivered + 1 failed + 1 dropped + 2 pending',
      'file 5 offered + 2 recovered = 1 delivered + 1 failed + 1 dropped + 2 kept + 2 pending',
    ]);
  });

  it('report that they do not hold', () => {
    expect(textsOf({ eventsReceived: 1 })[0]).to.match(/^1 received ≠ /);
  });
});
