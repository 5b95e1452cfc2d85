/** Counts `part` in a string or buffer: the events of an encoded batch, at a hundredth of the cost of decoding it. */
export function occurrences(text, part) {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}
