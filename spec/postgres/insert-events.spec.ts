import { expect } from 'chai';
import type { SinkError } from '../../lib/errors/sink-error.js';
import { insertEvents } from '../../lib/postgres/insert-events.js';
import { failureOf } from '../support/attempt.js';

interface Letter {
  readonly id: unknown;
}

const errorWith = (code: string): Error => Object.assign(new Error(`no, because of "secret"`), { code });
const lettersOf = (events: readonly unknown[] | undefined): string => (events ?? []).map((event) => (event as Letter).id).join('');

/** A table that refuses the letters in `refused`, and is gone at the statement `brokenAt`. */
class Table {
  readonly statements: string[] = [];
  stored = '';
  readonly #refused: string;
  readonly #brokenAt: number;

  constructor(refused = '', brokenAt = Infinity) {
    this.#refused = refused;
    this.#brokenAt = brokenAt;
  }

  readonly insert = async (json: string): Promise<void> => {
    await Promise.resolve();
    const letters = lettersOf(JSON.parse(json) as readonly Letter[]);
    this.statements.push(letters);
    if (this.statements.length === this.#brokenAt) throw errorWith('57P01');
    if ([...letters].some((letter) => this.#refused.includes(letter))) throw errorWith('22P05');
    this.stored += letters;
  };

  /** The error of an insertion of one event per letter, by what it names. */
  async failure(ids: Iterable<unknown>): Promise<SinkError & { readonly names: readonly [failed: string, rejected: string] }> {
    const error = await failureOf(
      insertEvents(
        this.insert,
        Array.from(ids, (id) => ({ id })),
      ),
    );
    return Object.assign(error, { names: [lettersOf(error.failed), lettersOf(error.rejected)] as const });
  }
}

describe('insertEvents', () => {
  it('stores all events with one statement', async () => {
    const table = new Table();
    await insertEvents(
      table.insert,
      Array.from('abcd', (id) => ({ id })),
    );
    expect(table.statements).to.deep.equal(['abcd']);
  });

  it('finds the refused ones by halves, in order, and stores the others', async () => {
    const table = new Table('f');
    const error = await table.failure('abcdefgh');
    expect(error).to.include({ kind: 'rejected', code: 'NOT_STORABLE', retryable: false });
    expect(error.names).to.deep.equal(['f', 'f']);
    expect(table.statements).to.deep.equal(['abcdefgh', 'abcd', 'efgh', 'ef', 'e', 'f', 'gh']);
    expect(table.stored).to.equal('abcdegh');
  });

  it('needs at most twice as many statements as events', async () => {
    const table = new Table('abcdefgh');
    expect((await table.failure('abcdefgh')).names).to.deep.equal(['abcdefgh', 'abcdefgh']);
    expect(table.statements.length).to.be.at.most(16);
    const one = new Table('a');
    expect((await one.failure('a')).names).to.deep.equal(['a', 'a']);
  });

  it("has PostgreSQL's message, which may quote an event, in `cause` only", async () => {
    const error = await new Table('b').failure('abc');
    expect(error.message).to.equal("1 of 3 events can't be stored: SQLSTATE 22P05");
    expect(error.cause).to.have.property('message').that.contains('secret');
  });

  it('names nothing if the server fails before anything is stored', async () => {
    const error = await new Table('', 1).failure('abc');
    expect(error).to.include({ kind: 'unavailable', code: '57P01', failed: undefined, rejected: undefined });
  });

  it('leaves the rest to another attempt if the server fails in between', async () => {
    const table = new Table('a', 6);
    const error = await table.failure('abcdef');
    expect(table.statements).to.deep.equal(['abcdef', 'abc', 'ab', 'a', 'b', 'c']);
    expect(error).to.include({ kind: 'unavailable', code: '57P01', retryable: true });
    expect(error.names).to.deep.equal(['acdef', 'a']);
    expect(table.stored).to.equal('b');
  });

  it('refuses events without a JSON form or a usable id, with one statement for the others', async () => {
    const table = new Table();
    const unencodable = { id: 'c', toJSON: () => JSON.parse('') as unknown };
    const error = await failureOf(
      insertEvents(table.insert, [{ id: 'a' }, unencodable, { id: 1 }, {}, undefined, { id: '\ud800' }, { id: 'b' }]),
    );
    expect(table.statements).to.deep.equal(['ab']);
    expect(error.message).to.equal("5 of 7 events can't be stored");
    expect(error.rejected).to.have.length(5);
  });

  it('sends no statement for an empty batch, or if no event can be stored', async () => {
    const table = new Table();
    expect((await table.failure([1, 2])).names).to.deep.equal(['12', '12']);
    expect(table.statements).to.deep.equal([]);
  });
});
