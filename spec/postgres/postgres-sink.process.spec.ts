import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import pg from 'pg';
import { defer, lastValueFrom } from 'rxjs';
import { createBatch } from '../../lib/event/batch-of.js';
import { eventJson } from '../../lib/event/event-json.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventCollector } from '../../lib/index.js';
import { Attempt } from '../../lib/lane/attempt.js';
import { eventTableSql, postgresSink, type PostgresQuery, type PostgresSinkOptions } from '../../lib/postgres/index.js';
import type { AttemptContext, EventSink } from '../../lib/sink/sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { anEvent } from '../support/an-event.js';
import { failureOf } from '../support/attempt.js';
import { expectBalanced } from '../support/books.js';
import { dataFile } from '../support/data.js';
import { HOSTILE_DATA, POLLUTING, throwing } from '../support/hostile.js';
import type { PostgresServer } from '../../examples/scale/postgres-server.js';
import { startPostgres } from '../support/postgres-server.js';
import { until } from '../support/until.js';

describe('postgresSink', () => {
  let server: PostgresServer;
  let pool: pg.Pool;

  before(async function () {
    server = await startPostgres(this);
  });

  // `before` starts no server if PostgreSQL is not installed.
  after(() => (server as PostgresServer | undefined)?.stop());

  beforeEach(async () => {
    pool = new pg.Pool(server.config);
    await pool.query('drop schema public cascade; create schema public');
    await postgresSink({ client: pool }).createTable();
  });

  afterEach(() => pool.end());

  const ids = async (table = 'events'): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>(`select id from ${table} order by id`);
    return rows.map(({ id }) => id);
  };

  /** A sink whose statements are counted. */
  const counting = (options: Omit<PostgresSinkOptions, 'client' | 'query'> = {}): { sink: EventSink; statements: string[] } => {
    const statements: string[] = [];
    const query: PostgresQuery = (text, values) => {
      statements.push(text);
      return pool.query(text, values);
    };
    return { sink: postgresSink({ query, ...options }), statements };
  };

  describeSinkContract('with a pool', {
    create: () => postgresSink({ client: pool }),
    failing: () => postgresSink({ client: new pg.Pool({ ...server.config, port: 1 }) }),
    received: () => ids(),
  });

  describeSinkContract('with a client', {
    create: async () => {
      const client = new pg.Client(server.config);
      await client.connect();
      return Object.assign(postgresSink({ client }), { client });
    },
    received: () => ids(),
    teardown: ({ client }) => client.end(),
  });

  describe('stores', () => {
    it('a batch with one statement, and no event twice', async () => {
      const { sink, statements } = counting();
      const events = manyEvents(100);
      await attempt(sink, events);
      await attempt(sink, [...events, anEvent({ id: 'another' })]);
      expect(statements).to.have.length(2);
      expect(await ids()).to.deep.equal([...events.map(({ id }) => id), 'another']);
    });

    it('the whole event, and the columns that queries need', async () => {
      const event = anEvent({
        id: 'a',
        timestamp: 1_700_000_000_123,
        sessionId: undefined as never,
        data: { plan: 'pro', n: 0.1 },
        weight: 20,
      });
      await attempt(postgresSink({ client: pool }), [event, anEvent({ id: 'b', sessionId: 'visit' })]);
      const { rows } = await pool.query<Record<string, unknown>>('select * from events order by id');
      const [{ received_at: receivedAt, ...row } = {}, second] = rows;
      expect(row).to.deep.equal({
        id: 'a',
        type: 'feature_used',
        category: 'usage',
        session_id: null,
        time: new Date(1_700_000_000_123),
        event: JSON.parse(eventJson(event)) as unknown,
      });
      expect(receivedAt).to.be.instanceOf(Date);
      expect(second?.session_id).to.equal('visit');
    });

    it('one event of two with the same id in a batch', async () => {
      await attempt(postgresSink({ client: pool }), [anEvent({ data: 1 }), anEvent({ data: 2 })]);
      expect((await pool.query<{ data: number }>("select event->'data' as data from events")).rows).to.deep.equal([{ data: 1 }]);
    });

    it('into a table of a schema with any name', async () => {
      const table = 'An"alytics.e;vents';
      await pool.query('create schema "An""alytics"');
      const sink = postgresSink({ client: pool, table, name: 'archive' });
      await sink.createTable();
      await attempt(sink, [anEvent({ id: 'a' })]);
      expect(sink.name).to.equal('archive');
      expect(await ids('"An""alytics"."e;vents"')).to.deep.equal(['a']);
      expect(await ids()).to.deep.equal([]);
    });

    it('into a table that is partitioned by id', async () => {
      await pool.query(`drop table events;
        create table events (id text collate "C" primary key, type text not null, category text not null, session_id text, time timestamptz not null,
          received_at timestamptz not null default now(), event jsonb not null) partition by range (id);
        create table events_first partition of events for values from (minvalue) to ('0192');
        create table events_rest partition of events for values from ('0192') to (maxvalue)`);
      const events = ['0191', '0193'].map((id) => anEvent({ id }));
      await attempt(postgresSink({ client: pool }), events);
      await attempt(postgresSink({ client: pool }), events);
      expect([await ids('events_first'), await ids('events_rest')]).to.deep.equal([['0191'], ['0193']]);
    });

    it('exactly the events that the ledger counts as delivered', async () => {
      const collector = new EventCollector({ sinks: [postgresSink({ client: pool })], config: { batch: { maxCount: 7 } } });
      for (let n = 0; n < 100; n += 1) collector.collect({ type: 'click', data: n % 10 === 0 ? 'a\0b' : BigInt(n) });
      await collector.shutdown();
      expect(expectBalanced(collector).sinks['postgres']).to.include({ offered: 100, delivered: 90, failed: 10 });
      expect(await ids()).to.have.length(90);
    });
  });

  describe('createTable', () => {
    it('may be called while another process creates the table, and again', async () => {
      await pool.query('drop table events');
      const other = new pg.Client(server.config);
      await other.connect();
      await other.query(`begin; ${eventTableSql()}`);
      const sink = postgresSink({ client: pool });
      const created = sink.createTable();
      await until(async () => (await pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).rows.length > 0);
      await other.query('commit');
      await other.end();
      await created;
      await attempt(sink, [anEvent({ id: 'a' })]);
      await sink.createTable();
      expect(await ids()).to.deep.equal(['a']);
    });

    it('fails with a SinkError', async () => {
      const error = await failureOf(postgresSink({ client: pool, table: 'nowhere.events' }).createTable());
      expect(error).to.include({ kind: 'unavailable', code: '3F000', message: 'schema "nowhere" does not exist' });
    });
  });

  describe('refuses events alone', () => {
    const unfit = [
      anEvent({ id: 'null character', data: ['a\0b'] }),
      anEvent({ id: 'null\0id' }),
      anEvent({ id: 'lone surrogate \ud800' }),
      anEvent({ id: 5 as never }),
      anEvent({ id: 'no type', type: undefined as never }),
      anEvent({ id: 'no time', timestamp: NaN }),
      anEvent({ id: 'time out of range', timestamp: 1e300 }),
      anEvent({ id: 'time is a text', timestamp: 'now' as never }),
      anEvent({ id: 'unreadable', data: throwing(new Error('not yours')) }),
      // Not compressible: an index holds 2,700 bytes.
      anEvent({ id: `long ${noise(20_000)}` }),
      anEvent({ id: 'nested', data: JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as unknown }),
      Object.assign(anEvent({ id: 'gone' }), { toJSON: () => undefined }),
      Object.assign(anEvent({ id: 'no event' }), { toJSON: () => 5 }),
    ];

    for (const event of unfit) {
      it(JSON.stringify(event.id).slice(0, 40), async () => {
        const good = manyEvents(20);
        const error = await failureOf(attempt(postgresSink({ client: pool }), good.toSpliced(7, 0, event)));
        expect(error).to.include({ kind: 'rejected', code: 'NOT_STORABLE', retryable: false });
        expect(error.message)
          .to.match(/^1 of 21 events can't be stored/)
          .and.not.include('now');
        expect([error.failed, error.rejected]).to.deep.equal([[event], [event]]);
        expect(error.cause).to.be.instanceOf(Error);
        expect(await ids()).to.deep.equal(good.map(({ id }) => id));
      });
    }

    it('all invalid ones, and stores the others', async () => {
      const good = manyEvents(100);
      const events = unfit.reduce<AnalyticsEvent[]>((all, event, index) => all.toSpliced(index * 7, 0, event), good);
      const error = await failureOf(attempt(postgresSink({ client: pool }), events));
      expect(error.failed).to.have.members(unfit);
      expect(await ids()).to.deep.equal(good.map(({ id }) => id));
    });

    it('by a constraint or a trigger of the table', async () => {
      await pool.query(`alter table events add check (type <> 'forbidden');
        create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$;
        create trigger refusing before insert on events for each row when (new.category = 'security') execute function refuse()`);
      const events = [anEvent({ id: 'a', type: 'forbidden' }), anEvent({ id: 'b' }), anEvent({ id: 'c', category: 'security' })];
      const error = await failureOf(attempt(postgresSink({ client: pool }), events));
      expect(error.failed).to.deep.equal([events[0], events[2]]);
      expect(await ids()).to.deep.equal(['b']);
    });

    it('with a number of statements that grows with the logarithm of the batch', async () => {
      const { sink, statements } = counting();
      const events = manyEvents(1_024).with(700, anEvent({ data: '\0' }));
      expect((await failureOf(attempt(sink, events))).failed).to.deep.equal([events[700]]);
      expect(statements).to.have.length(1 + 2 * Math.log2(1_024));
    });

    it('over one connection, which stays in its pool', async () => {
      let connections = 0;
      pool.on('connect', () => (connections += 1));
      const before = pool.totalCount;
      await failureOf(attempt(postgresSink({ client: pool }), manyEvents(64).with(20, anEvent({ data: '\0' }))));
      expect([connections, pool.totalCount]).to.deep.equal([0, before]);
    });
  });

  describe('keeps hostile content', () => {
    it('of every kind, as JSON has it', async () => {
      const events = HOSTILE_DATA.filter(({ isSlow }) => isSlow === undefined).map(({ name, make }) => anEvent({ id: name, data: make() }));
      const error = await failureOf(attempt(postgresSink({ client: pool }), events));
      const failed = new Set((error.failed as AnalyticsEvent[]).map(({ id }) => id));
      const unreadable = HOSTILE_DATA.filter(({ fates, isSlow }) => fates === HOSTILE_DATA[2]?.fates && isSlow === undefined);
      expect([...failed]).to.deep.equal(unreadable.map(({ name }) => name));
      const { rows } = await pool.query<{ id: string; event: unknown }>('select id, event from events');
      const stored = new Map(rows.map(({ id, event }) => [id, event]));
      for (const event of events.filter(({ id }) => !failed.has(id)))
        expect(stored.get(event.id), event.id).to.deep.equal(JSON.parse(eventJson(event)));
    });

    it('of the list of naughty strings', async function () {
      const naughty = [...new Set(JSON.parse(readFileSync(dataFile(this, 'blns.json'), 'utf8')) as string[])].filter((text) => text !== '');
      const events = naughty.map((text) => anEvent({ id: text, type: text, sessionId: text, data: { [text]: text } }));
      await attempt(postgresSink({ client: pool }), events);
      const { rows } = await pool.query<{ id: string; event: AnalyticsEvent }>('select id, event from events');
      expect(rows.map(({ event }) => event)).to.have.deep.members(events);
      expect(rows.map(({ id }) => id)).to.have.members(naughty);
    });

    it('and does not pollute prototypes', async () => {
      const table = "events'); drop table events; --";
      const sink = postgresSink({ client: pool, table });
      await sink.createTable();
      await attempt(sink, [anEvent({ type: "'); drop table events; --", data: JSON.parse(POLLUTING) as unknown })]);
      expect(await ids()).to.deep.equal([]);
      const { rows } = await pool.query<{ data: object }>(`select event->'data' as data from "${table}"`);
      expect(Object.keys(rows[0]!.data)).to.have.members(['__proto__', 'constructor']);
      expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
    });
  });

  describe('is unavailable', () => {
    const expectLater = async (sink: EventSink, code: string, message: RegExp, repair: string): Promise<void> => {
      const events = manyEvents(3);
      const error = await failureOf(attempt(sink, events));
      expect(error).to.include({ kind: 'unavailable', code, retryable: true, failed: undefined });
      expect(error.message).to.match(message);
      await pool.query(repair);
      await attempt(sink, events);
      expect(await ids()).to.deep.equal(events.map(({ id }) => id));
    };

    it('until its table is created', async () => {
      await pool.query('alter table events rename to later');
      await expectLater(
        postgresSink({ client: pool }),
        '42P01',
        /"events" does not exist.*`createTable\(\)`/,
        'alter table later rename to events',
      );
    });

    it('until its table has the columns', async () => {
      await pool.query('alter table events rename category to kind');
      await expectLater(postgresSink({ client: pool }), '42703', /eventTableSql/, 'alter table events rename kind to category');
    });

    it('until its table has a unique index on `id`', async () => {
      await pool.query('alter table events drop constraint events_pkey');
      await expectLater(postgresSink({ client: pool }), '42P10', /unique index on `id`/, 'alter table events add primary key (id)');
    });

    it('until its role has the privileges', async () => {
      await pool.query('create role weak login; grant usage on schema public to weak; grant select on events to weak');
      const weak = new pg.Pool({ ...server.config, user: 'weak' });
      try {
        await expectLater(postgresSink({ client: weak }), '42501', /INSERT and SELECT/, 'grant insert on events to weak');
      } finally {
        await weak.end();
        await pool.query('drop owned by weak; drop role weak');
      }
    });

    it('for an unknown role, and for an unknown database', async () => {
      for (const [patch, code] of [
        [{ user: 'unknown' }, '28000'],
        [{ database: 'unknown' }, '3D000'],
      ] as const) {
        const other = new pg.Pool({ ...server.config, ...patch });
        expect(await failureOf(attempt(postgresSink({ client: other }), [anEvent()]))).to.include({ kind: 'unavailable', code });
        await other.end();
      }
    });

    it('without a server', async () => {
      const other = new pg.Pool({ ...server.config, port: 1 });
      const error = await failureOf(attempt(postgresSink({ client: other }), [anEvent()]));
      expect(error).to.include({ kind: 'unavailable', code: 'ECONNREFUSED', retryable: true });
      await other.end();
    });

    it('while every connection of its pool is in use', async () => {
      const own = new pg.Pool({ ...server.config, max: 1, connectionTimeoutMillis: 50 });
      const sink = postgresSink({ client: own });
      const user = await own.connect();
      const error = await failureOf(attempt(sink, [anEvent({ id: 'a' })]));
      expect(error).to.include({ kind: 'unavailable', code: 'NO_CONNECTION', retryable: true });
      expect(await failureOf(sink.createTable())).to.include({ kind: 'unavailable', code: 'NO_CONNECTION' });
      user.release();
      await attempt(sink, [anEvent({ id: 'a' })]);
      expect(await ids()).to.deep.equal(['a']);
      await own.end();
    });

    it('when an administrator ends its connection, and connects again', async () => {
      const sink = postgresSink({ client: pool });
      const holder = new pg.Client(server.config);
      await holder.connect();
      await holder.query('begin; lock table events in access exclusive mode');
      const failed = failureOf(attempt(sink, [anEvent({ id: 'a' })]));
      const waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into%'";
      await until(async () => (await pool.query(waiting)).rows.length > 0);
      await pool.query(`select pg_terminate_backend(pid) from (${waiting}) as waiting`);
      expect(await failed).to.include({ kind: 'unavailable', code: '57P01', retryable: true });
      await holder.end();
      await attempt(sink, [anEvent({ id: 'a' })]);
      expect(await ids()).to.deep.equal(['a']);
    });

    it('when its connection breaks before it is used', async () => {
      const own = new pg.Pool({ ...server.config, max: 1 });
      // Earlier than a promise of the pool could be handled.
      own.once('acquire', (client: pg.PoolClient) => process.nextTick(() => client.emit('error', new Error('broken'))));
      await attempt(postgresSink({ client: own }), [anEvent({ id: 'a' })]);
      await own.end();
      expect(await ids()).to.deep.equal(['a']);
    });

    it('in a read-only transaction', async () => {
      const other = new pg.Pool({ ...server.config, options: '-c default_transaction_read_only=on' });
      expect(await failureOf(attempt(postgresSink({ client: other }), [anEvent()]))).to.include({ kind: 'unavailable', code: '25006' });
      await other.end();
    });
  });

  describe('when its attempt is aborted', () => {
    /** Locks the table, so that statements wait. */
    const lock = async (): Promise<pg.Client> => {
      const holder = new pg.Client(server.config);
      await holder.connect();
      await holder.query('begin; lock table events in access exclusive mode');
      return holder;
    };
    const isWaiting = async (): Promise<boolean> =>
      (await pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into%'")).rows.length > 0;

    it('answers immediately, and closes the connection of a pool', async () => {
      const holder = await lock();
      const own = new pg.Pool({ ...server.config, max: 1 });
      const context = new Attempt(1);
      const failed = failureOf(attempt(postgresSink({ client: own }), [anEvent({ id: 'a' })], context));
      await until(isWaiting);
      context.abort();
      expect(await failed).to.include({ kind: 'timeout', message: 'The attempt was aborted' });
      expect(own.totalCount).to.equal(0);
      await holder.end();
      await attempt(postgresSink({ client: own }), [anEvent({ id: 'a' })]);
      expect(await ids()).to.deep.equal(['a']);
      await own.end();
    });

    it('by `query_timeout`, closes the connection, too', async () => {
      const holder = await lock();
      const own = new pg.Pool({ ...server.config, max: 1, query_timeout: 50 });
      expect(await failureOf(attempt(postgresSink({ client: own }), [anEvent({ id: 'a' })]))).to.include({ kind: 'unavailable' });
      expect(own.totalCount).to.equal(0);
      await holder.end();
      await own.end();
    });

    it('sends no further statement over a client', async () => {
      const controller = new AbortController();
      const statements: string[] = [];
      const query: PostgresQuery = (text, values) => {
        if (statements.push(text) === 2) controller.abort();
        return pool.query(text, values);
      };
      const context = { signal: controller.signal, attempt: 1 };
      await failureOf(attempt(postgresSink({ client: { query } }), manyEvents(8).with(7, anEvent({ data: '\0' })), context));
      await pool.query('select 1');
      expect(statements).to.have.length(2);
      await failureOf(attempt(postgresSink({ client: { query } }), manyEvents(8), context));
      expect(statements).to.have.length(2);
    });

    it('returns a connection that arrives too late', async () => {
      const own = new pg.Pool({ ...server.config, max: 1 });
      const taken = await own.connect();
      const context = new Attempt(1);
      const failed = failureOf(attempt(postgresSink({ client: own }), [anEvent({ id: 'a' })], context));
      context.abort();
      expect((await failed).kind).to.equal('timeout');
      taken.release();
      await attempt(postgresSink({ client: own }), [anEvent({ id: 'b' })]);
      expect(await ids()).to.deep.equal(['b']);
      await own.end();
    });
  });

  describe('after close', () => {
    it('refuses batches finally, and leaves the pool open', async () => {
      const own = new pg.Pool(server.config);
      const sink = postgresSink({ client: own });
      expect(own.listenerCount('error')).to.equal(1);
      await lastValueFrom(
        defer(() => sink.close?.() ?? []),
        { defaultValue: undefined },
      );
      expect(await failureOf(attempt(sink, [anEvent()]))).to.include({ kind: 'write_failed', code: 'SINK_CLOSED', retryable: false });
      expect(own.listenerCount('error')).to.equal(0);
      await own.query('select 1');
      await own.end();
    });

    it('of its pool, fails immediately', async () => {
      const own = new pg.Pool(server.config);
      await own.end();
      expect(await failureOf(attempt(postgresSink({ client: own }), [anEvent()]))).to.include({
        kind: 'write_failed',
        code: 'POOL_ENDED',
        retryable: false,
      });
    });
  });

  it('throws for invalid options', () => {
    const sinkOf = (options: unknown) => () => postgresSink(options as PostgresSinkOptions);
    const query = (): Promise<void> => Promise.resolve();
    for (const table of ['', '.', 'a.b.c', 'a.', 'a\0', '\ud800', 'x'.repeat(64), 5])
      expect(sinkOf({ query, table }), String(table)).to.throw(TypeError, 'Expected `table` to be the name of a table');
    expect(sinkOf({ client: pool, tabel: 'a' })).to.throw(TypeError, 'Unknown option `tabel`. Did you mean `table`?');
    expect(sinkOf({ client: {} })).to.throw(TypeError, 'Expected `client` to be a Pool or a Client of pg');
    expect(sinkOf({ query: pool })).to.throw(TypeError, 'Expected `query` to be a function');
    for (const options of [{}, { client: pool, query }])
      expect(sinkOf(options)).to.throw(TypeError, 'Expected `options` to have either `client` or `query`');
  });

  it('times out by `statement_timeout`, and names the remaining events', async () => {
    const other = new pg.Pool({ ...server.config, max: 1, statement_timeout: 100 });
    const sink = postgresSink({ client: other });
    await pool.query('alter table events add check (type <> $$forbidden$$)');
    await pool.query(`create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(10); return new; end $$;
      create trigger slow before insert on events for each row when (new.id = 'slow') execute function slow()`);
    const [forbidden, good, slow] = [anEvent({ type: 'forbidden' }), anEvent({ id: 'good' }), anEvent({ id: 'slow' })];
    const error = await failureOf(attempt(sink, [forbidden, good, slow]));
    expect(error).to.include({ kind: 'timeout', code: '57014', retryable: true });
    expect([error.failed, error.rejected]).to.deep.equal([[forbidden, slow], [forbidden]]);
    expect(await ids()).to.deep.equal(['good']);
    await other.end();
  });
});

function manyEvents(count: number): AnalyticsEvent[] {
  return Array.from({ length: count }, (_, index) => anEvent({ id: String(index).padStart(6, '0'), timestamp: index }));
}

/** Text that can't be compressed. */
function noise(length: number): string {
  const random = seededRandom(1);
  return Array.from({ length }, () => random().toString(36)[3] ?? '0').join('');
}

async function attempt(sink: EventSink, events: readonly AnalyticsEvent[], context: AttemptContext = new Attempt(1)): Promise<void> {
  await lastValueFrom(
    defer(() => sink.process(createBatch(events, 1), context) ?? []),
    { defaultValue: undefined },
  );
}
