export { postgresSink, type PostgresSink, type PostgresSinkOptions } from './postgres-sink.js';
export { eventTableSql } from './event-table.js';
export type { PostgresClient, PostgresPool, PostgresPoolClient, PostgresQuery } from './postgres-client.js';
