import { parse, View } from 'vega';
import { compile } from 'vega-lite';

/** Bars of what an event costs, on a logarithmic scale, as SVG. */
export function plot(rows) {
  const { spec } = compile({
    title: 'Processor time per event, from collect to a no-op destination',
    width: 480,
    height: { step: 22 },
    padding: 12,
    background: 'white',
    data: { values: rows },
    encoding: { y: { field: 'label', type: 'nominal', sort: null, title: null, axis: { labelLimit: 300 } } },
    layer: [
      {
        mark: 'bar',
        encoding: {
          x: { field: 'ns', type: 'quantitative', scale: { type: 'log', domainMin: 50 }, title: 'ns per event (log scale)' },
          x2: { datum: 50 },
          color: { field: 'isOurs', type: 'nominal', legend: null, scale: { domain: [true, false], range: ['#b7178c', '#9aa5b1'] } },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 4 },
        encoding: { x: { field: 'ns', type: 'quantitative' }, text: { field: 'ns', type: 'quantitative', format: ',.0f' } },
      },
    ],
  });
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}
