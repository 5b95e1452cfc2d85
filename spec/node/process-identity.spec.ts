import { expect } from 'chai';
import { hasEnded, ownIdentity, type ProcessIdentity } from '../../lib/node/process-identity.js';

/** Above the largest process id that Linux assigns. */
const DEAD = 2 ** 22 + 1;

describe('hasEnded', () => {
  const own = ownIdentity();
  const cases: Readonly<Record<string, readonly [Partial<ProcessIdentity>, boolean | undefined]>> = {
    'this process': [{}, false],
    'a process that is not there': [{ pid: DEAD }, true],
    'one of another user': [{ pid: 1, startedAt: undefined }, false],
    'one on a host of another name, where nothing else is known': [{ host: 'another', boot: undefined, table: undefined }, undefined],
    'one on a host of this name, where nothing else is known': [{ boot: undefined, table: undefined }, false],
  };
  const onLinux: typeof cases = {
    'an earlier process with the same id': [{ startedAt: '1' }, true],
    'this process, where its start is not known': [{ startedAt: undefined }, false],
    'this process, though the host has another name now': [{ host: 'another' }, false],
    'one before the machine was started again': [{ boot: 'earlier' }, true],
    'one before the container was started again': [{ table: 'pid:[1]' }, true],
    'one in another container': [{ host: 'another', table: 'pid:[1]' }, undefined],
    'one on another machine': [{ host: 'another', boot: 'other' }, undefined],
  };
  for (const [title, [patch, ended]] of Object.entries(process.platform === 'linux' ? { ...cases, ...onLinux } : cases)) {
    it(`is ${String(ended)} for ${title}`, () => {
      expect(hasEnded({ ...own, ...patch })).to.equal(ended);
    });
  }
});

describe('ownIdentity', () => {
  it('is the same at each call', () => {
    expect(ownIdentity()).to.include({ pid: process.pid }).and.to.deep.equal(ownIdentity());
  });
});
