import { parse, View } from 'vega';
import { compile } from 'vega-lite';

/** Time per event and library, as SVG. Points instead of bars: a logarithmic scale has no zero for bars to start from. */
export function plot(rows) {
  const { spec } = compile({
    title: { text: 'Processor time per event', subtitle: 'from collect to a destination that does nothing', anchor: 'start' },
    width: 480,
    height: { step: 24 },
    padding: 12,
    background: 'white',
    data: { values: rows },
    encoding: {
      y: {
        field: 'label',
        type: 'nominal',
        sort: null,
        title: null,
        axis: { labelLimit: 300, grid: true, gridColor: '#eee', ticks: false, domain: false },
      },
      x: {
        field: 'ns',
        type: 'quantitative',
        scale: { type: 'log', domain: [100, 200_000], nice: false },
        axis: { values: [100, 1_000, 10_000, 100_000], format: ',' },
        title: 'nanoseconds, logarithmic',
      },
      color: { field: 'isOurs', type: 'nominal', legend: null, scale: { domain: [true, false], range: ['#b7178c', '#5b6770'] } },
    },
    layer: [
      { mark: { type: 'point', filled: true, size: 90, opacity: 1 } },
      { mark: { type: 'text', align: 'left', dx: 10 }, encoding: { text: { field: 'ns', type: 'quantitative', format: ',.0f' } } },
    ],
  });
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}
