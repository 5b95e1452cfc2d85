import type uPlot from 'uplot';
import { clock, compact, h, setAll, setText } from './dom.js';
import type { Curves } from './history.js';

/**
 * The constructor of uPlot. Loaded when the first chart is shown, because importing uPlot's module accesses the page. The published build contains
 * the parts of it that are used here (`UNUSED` in rollup.config.mjs): no legend, no cursor, lines only.
 */
export type Charts = typeof uPlot;

export interface ChartView {
  readonly element: HTMLElement;
  readonly update: (curves: Curves, charts: Charts | undefined) => void;
  /** Call it when colours or size have changed, or when the element is closed. */
  readonly reset: () => void;
}

const HEIGHT = 150;

/** A chart of the last minute, with a legend of the latest values. */
export function chartView(title: string, names: readonly string[]): ChartView {
  const curves = names.map((name, index) => ({ name, value: h('b'), swatch: h('i', { class: `series-${String(index)}` }) }));
  const legend = h('p', { class: 'legend' }, ...curves.map(({ name, value, swatch }) => h('span', {}, swatch, `${name} `, value)));
  const place = h('div', { class: 'chart', role: 'img' });
  let chart: uPlot | undefined;

  const create = (Charts: Charts, data: uPlot.AlignedData): void => {
    // The canvas needs colours as values.
    const { color } = getComputedStyle(place);
    const axis: uPlot.Axis = { stroke: color, grid: { stroke: getComputedStyle(legend).borderTopColor, width: 1 }, ticks: { show: false } };
    chart = new Charts(
      {
        width: place.clientWidth,
        height: HEIGHT,
        // Half a label of the last tick.
        padding: [8, 28, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_chart, _min, max) => [0, Math.max(max || 0, 1) * 1.1] } },
        axes: [
          {
            ...axis,
            size: 26,
            space: 90,
            incrs: [1, 2, 5, 10, 15, 30],
            values: (_chart, splits) => splits.map((second) => clock(second * 1_000)),
          },
          { ...axis, size: 44, values: (_chart, splits) => splits.map(compact) },
        ],
        series: [
          {},
          ...curves.map(({ name, swatch }, index) => {
            const stroke = getComputedStyle(swatch).color;
            return {
              label: name,
              stroke,
              width: 2,
              points: { show: false },
              ...(index === 0 && { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` }),
            };
          }),
        ],
      },
      data,
      place,
    );
  };

  return {
    element: h('section', {}, h('h2', {}, title), legend, place),
    update: (data, charts) => {
      const texts = curves.map(({ name, value }, index) => {
        const text = compact(Math.round(data[index + 1]?.at(-1) ?? 0));
        setText(value, text);
        return `${name} ${text}`;
      });
      setAll(place, { 'aria-label': `${title}: ${texts.join(', ')}` });
      if (charts === undefined || place.clientWidth === 0) return;
      if (chart === undefined) create(charts, data);
      else {
        if (chart.width !== place.clientWidth) chart.setSize({ width: place.clientWidth, height: HEIGHT });
        chart.setData(data);
      }
    },
    reset: () => {
      chart?.destroy();
      chart = undefined;
    },
  };
}
