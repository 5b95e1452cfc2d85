/**
 * Creates a source of predictable ids: for the `newId` option in tests.
 *
 * Each call returns the next id; ids ascend as strings. They are well-formed UUIDs v7 that count from 1, or, with a prefix, the prefix and an
 * eight-digit number.
 *
 * @example
 * const newId = sequentialIds();
 * expect([newId(), newId()]).to.deep.equal(['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002']);
 * expect(sequentialIds('batch')()).to.equal('batch-00000001');
 */
export function sequentialIds(prefix?: string): () => string {
  let last = 0;
  return () => {
    last += 1;
    return prefix === undefined
      ? `00000000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`
      : `${prefix}-${String(last).padStart(8, '0')}`;
  };
}
