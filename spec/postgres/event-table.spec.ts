import { expect } from 'chai';
import { aTableName, eventTableSql, insertSql } from '../../lib/postgres/event-table.js';

describe('The table of events', () => {
  const names: Readonly<Record<string, string>> = {
    events: '"events"',
    'analytics.Events': '"analytics"."Events"',
    'ev"ents; drop table users --': '"ev""ents; drop table users --"',
    '"."': '""""."""" ',
    [`${'ü'.repeat(31)}x`]: `"${'ü'.repeat(31)}x"`,
  };
  for (const [name, quoted] of Object.entries(names)) {
    it(`is quoted as ${quoted}, so that a name cannot inject SQL`, () => {
      expect(eventTableSql(name)).to.contain(`create table if not exists ${quoted.trim()} (`);
      expect(insertSql(name)).to.contain(`insert into ${quoted.trim()} (`);
    });
  }

  it('is named `events` by default', () => {
    expect(eventTableSql()).to.equal(eventTableSql('events'));
  });

  it('has no name that PostgreSQL would truncate, reject or change', () => {
    const refused = ['', '.', 'a.', '.a', 'a.b.c', 'x'.repeat(64), 'ü'.repeat(32), 'a\0b', 'a\ud800', 5, undefined, ['a']];
    for (const name of refused) expect(aTableName.accepts(name), String(name)).to.equal(false);
    expect(() => eventTableSql('x'.repeat(64))).to.throw(TypeError, 'each of 1 to 63 bytes');
  });
});
