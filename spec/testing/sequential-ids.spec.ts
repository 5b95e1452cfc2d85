import { expect } from 'chai';
import { validate, version } from 'uuid';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';

describe('sequentialIds', () => {
  it('counts in well-formed version 7 UUIDs', () => {
    const newId = sequentialIds();
    const ids = Array.from({ length: 20 }, newId);
    expect(ids[0]).to.equal('00000000-0000-7000-8000-000000000001');
    expect(ids.every((id) => validate(id) && version(id) === 7)).to.equal(true);
  });

  it('ascends as a string, past a digit more', () => {
    const newId = sequentialIds();
    const ids = Array.from({ length: 300 }, newId);
    expect([...ids].sort()).to.deep.equal(ids);
    const named = Array.from({ length: 300 }, sequentialIds('event'));
    expect([...named].sort()).to.deep.equal(named);
  });

  it('puts a prefix in front of a number', () => {
    const newId = sequentialIds('batch');
    expect([newId(), newId()]).to.deep.equal(['batch-00000001', 'batch-00000002']);
  });

  it('keeps two sources apart', () => {
    const one = sequentialIds('a');
    const other = sequentialIds('a');
    one();
    expect(other()).to.equal('a-00000001');
  });
});
