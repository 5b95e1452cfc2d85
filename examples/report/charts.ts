/** Charts as SVG, in the text colour and six tones of the page, each with its figures as a table for readers who don't see it. */

const WIDTH = 960;
const HEIGHT = 240;
const LEFT = 64;
const BOTTOM = 24;

export interface Series {
  readonly name: string;
  /** By column. */
  readonly values: readonly number[];
}

export const figure = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

/** Text of the store is input: it must not become markup. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`).replaceAll(/\p{Cc}/gu, '·');

/** Bars over time, one above the other for each series. */
export function stackedBars(title: string, columns: readonly string[], series: readonly Series[]): string {
  const totals = columns.map((_, column) => series.reduce((sum, { values }) => sum + (values[column] ?? 0), 0));
  const top = Math.max(1, ...totals);
  const step = (WIDTH - LEFT) / Math.max(1, columns.length);
  const scale = (HEIGHT - BOTTOM) / top;
  const bars = columns.flatMap((column, index) => {
    let y = HEIGHT - BOTTOM;
    return series.map(({ name, values }, tone) => {
      const value = values[index] ?? 0;
      const height = value * scale;
      y -= height;
      if (value === 0) return '';
      const box = `x="${at(LEFT + index * step)}" y="${at(y)}" width="${at(Math.max(1, step - 1))}" height="${at(height)}"`;
      return `<rect class="tone${String(tone)}" ${box}><title>${escaped(`${column} ${name}: ${figure(value)}`)}</title></rect>`;
    });
  });
  const labels = [0, columns.length - 1]
    .filter((index, place, all) => index >= 0 && all.indexOf(index) === place)
    .map((index) => {
      const anchor = index === 0 ? 'start' : 'end';
      return `<text x="${index === 0 ? String(LEFT) : String(WIDTH)}" y="${String(HEIGHT - 6)}" text-anchor="${anchor}">${escaped(columns[index] ?? '')}</text>`;
    });
  const axis = `<line x1="${String(LEFT)}" y1="${String(HEIGHT - BOTTOM)}" x2="${String(WIDTH)}" y2="${String(HEIGHT - BOTTOM)}"/>`;
  const scaleText = `<text x="${String(LEFT - 8)}" y="12" text-anchor="end">${figure(top)}</text>`;
  const legend = series.map(({ name }, tone) => `<li><span class="tone${String(tone)}"></span>${escaped(name)}</li>`).join('');
  const table = tableOf(
    ['', ...series.map(({ name }) => name)],
    columns.map((column, index) => [column, ...series.map(({ values }) => figure(values[index] ?? 0))]),
  );
  return `<figure>${svg(title, HEIGHT, [...bars, axis, scaleText, ...labels])}<ul class="legend">${legend}</ul>${detailsOf(table)}</figure>`;
}

/** One bar a row, with its figure beside it. */
export function rows(title: string, values: readonly { readonly name: string; readonly value: number; readonly note?: string }[]): string {
  const top = Math.max(1, ...values.map(({ value }) => value));
  const bars = values.flatMap(({ name, value, note }, index) => {
    const y = index * 28;
    const width = (value / top) * (WIDTH - 420);
    return [
      `<text x="250" y="${String(y + 18)}" text-anchor="end">${escaped(shortened(name))}</text>`,
      `<rect class="tone0" x="260" y="${String(y + 4)}" width="${at(width)}" height="20"/>`,
      `<text x="${at(268 + width)}" y="${String(y + 18)}">${escaped(`${figure(value)}${note === undefined ? '' : ` · ${note}`}`)}</text>`,
    ];
  });
  return `<figure>${svg(title, values.length * 28, bars)}</figure>`;
}

/** A table with a heading for each column; the first cell of a row is its heading. */
export function tableOf(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (tag: 'td' | 'th', texts: readonly string[]): string => texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('');
  const lines = body.map(([first = '', ...others]) => `<tr><th scope="row">${escaped(first)}</th>${cells('td', others)}</tr>`);
  return `<div class="wide" tabindex="0"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}

const shortened = (name: string): string => (name.length > 34 ? `${name.slice(0, 33)}…` : name);
const at = (value: number): string => value.toFixed(1);
const detailsOf = (table: string): string => `<details><summary>Figures</summary>${table}</details>`;

function svg(title: string, height: number, parts: readonly string[]): string {
  return `<svg role="img" aria-label="${escaped(title)}" viewBox="0 0 ${String(WIDTH)} ${String(Math.max(1, height))}">${parts.join('')}</svg>`;
}
