/** A Markdown table, aligned for reading in a terminal: the first column to the left, figures to the right. */
export function table(columns, rows) {
  const cells = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => width(row[index]))));
  const line = (row) => `| ${row.map((cell, index) => (index === 0 ? fill(cell, widths[index]) : pad(cell, widths[index]))).join(' | ')} |`;
  const rule = `|${widths.map((each, index) => (index === 0 ? '-'.repeat(each + 2) : `${'-'.repeat(each + 1)}:`)).join('|')}|`;
  const [head, ...body] = cells.map(line);
  return [head, rule, ...body].join('\n');
}

const width = (text) => [...text].length;
const fill = (text, to) => text + ' '.repeat(to - width(text));
const pad = (text, to) => ' '.repeat(to - width(text)) + text;
