import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Sends far more than 256 MB of events to a process with a heap of 256 MB. */
describe('the memory of an endpoint', function () {
  this.timeout(300_000);

  const parts = [
    'sources',
    'ids',
    'types',
    'sessions',
    'parts as sampling keys',
    'long sampling keys',
    'lists as sampling keys',
    'types of an enricher',
  ];
  for (const part of parts)
    it(`does not keep bodies whose ${part} it remembers`, async () => {
      const program = fileURLToPath(new URL('programs/small-server.ts', import.meta.url));
      const args = ['--max-old-space-size=256', '--import', 'tsx', program, part];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 290_000 });
      const { taken, expected } = JSON.parse(stdout) as { taken: number; expected: number };
      expect(taken).to.equal(expected);
    });
});
