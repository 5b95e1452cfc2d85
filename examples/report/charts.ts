/** Charts as SVG, in the text colour and six tones of the page, each with its figures as a table for readers who don't see it. */

const WIDTH = 960;
const HEIGHT = 216;

export interface Series {
  readonly name: string;
  /** By column. */
  readonly values: readonly number[];
}

export const figure = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

/** Text of the store is input: it must not become markup. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`).replaceAll(/\p{Cc}/gu, '·');

/** Bars over time, one above the other for each series. The drawing is stretched to the page's width; texts are next to it. */
export function stackedBars(title: string, columns: readonly string[], series: readonly Series[]): string {
  const totals = columns.map((_, column) => series.reduce((sum, { values }) => sum + (values[column] ?? 0), 0));
  const top = Math.max(1, ...totals);
  const step = WIDTH / Math.max(1, columns.length);
  const scale = HEIGHT / top;
  const bars = columns.flatMap((column, index) => {
    let y = HEIGHT;
    return series.map(({ name, values }, tone) => {
      const value = values[index] ?? 0;
      const height = value * scale;
      y -= height;
      if (value === 0) return '';
      const box = `x="${at(index * step)}" y="${at(y)}" width="${at(Math.max(1, step - 1))}" height="${at(height)}"`;
      return `<rect class="tone${String(tone)}" ${box}><title>${escaped(`${column} ${name}: ${figure(value)}`)}</title></rect>`;
    });
  });
  const drawing = `<svg role="img" aria-label="${escaped(title)}" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" preserveAspectRatio="none">${bars.join('')}</svg>`;
  const ends = columns.length > 1 ? [columns[0], columns.at(-1)] : columns;
  const axis = `<p class="axis">${ends.map((text = '') => `<span>${escaped(text)}</span>`).join('')}</p>`;
  const legend = series.map(({ name }, tone) => `<li><span class="tone${String(tone)}"></span>${escaped(name)}</li>`).join('');
  const table = tableOf(
    ['from', ...series.map(({ name }) => name)],
    columns.map((column, index) => [column, ...series.map(({ values }) => figure(values[index] ?? 0))]),
  );
  return `<figure><p class="axis"><span>${figure(top)}</span></p>${drawing}${axis}<ul class="legend">${legend}</ul>${detailsOf(table)}</figure>`;
}

/** One bar a row, with its figure above it. */
export function rows(values: readonly { readonly name: string; readonly value: number; readonly note?: string }[]): string {
  const top = Math.max(1, ...values.map(({ value }) => value));
  const items = values.map(({ name, value, note }) => {
    const text = `${figure(value)}${note === undefined ? '' : ` · ${note}`}`;
    return `<li><span>${escaped(name)}</span><em>${escaped(text)}</em><i style="width:${at((100 * value) / top)}%"></i></li>`;
  });
  return `<ul class="bars">${items.join('')}</ul>`;
}

/** A table with a heading for each column; the first cell of a row is its heading. */
export function tableOf(head: readonly string[], body: readonly (readonly string[])[]): string {
  const cells = (tag: 'td' | 'th', texts: readonly string[]): string => texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('');
  const lines = body.map(([first = '', ...others]) => `<tr><th scope="row">${escaped(first)}</th>${cells('td', others)}</tr>`);
  return `<div class="wide" tabindex="0"><table><thead><tr>${cells('th', head)}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}

const at = (value: number): string => value.toFixed(1);
const detailsOf = (table: string): string => `<details><summary>Figures</summary>${table}</details>`;
