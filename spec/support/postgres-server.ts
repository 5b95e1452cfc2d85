import { MissingPackage } from '../../examples/scale/missing-package.js';
import { PostgresServer, type PostgresServerOptions } from '../../examples/scale/postgres-server.js';

/** A real PostgreSQL. Where it is absent, the suite that asks for it from `before` is skipped, and listed as such. */
export async function startPostgres(context: Mocha.Context, options?: PostgresServerOptions): Promise<PostgresServer> {
  try {
    return await PostgresServer.start(options);
  } catch (error) {
    return error instanceof MissingPackage ? context.skip() : Promise.reject(error);
  }
}
