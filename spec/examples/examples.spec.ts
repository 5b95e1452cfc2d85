import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FOLDER = join(import.meta.dirname, '../../examples');

/** What each example prints. An example without an entry here fails. */
const OUTPUT: Readonly<Record<string, readonly string[]>> = {
  '01-quick-start.ts': [
    'live: mission_created',
    'accepted',
    'live: feature_used',
    'accepted',
    'batch 1 (flush): mission_created in eu, feature_used in eu',
    '2 received, 2 processed',
  ],
  '02-custom-operator.ts': ['piped: click -, scroll -', 'piped: click 700', 'collected: click -, scroll -, click 700'],
  '09-tracking-plan.ts': [
    'accepted',
    'TypeError: Expected `data.items.0.price` to be number, got a string',
    'invalid',
    '/: accepted',
    '/shoes: accepted',
    '/boots: sampled',
    'sent: checkout_completed (business, high)',
    'sent: page_viewed (custom, normal)',
    'sent: page_viewed (custom, normal)',
    'seen: /',
    'DecodeError: Expected `type` to be "checkout_completed" | "page_viewed" | "logged_out", got a string',
    'DecodeError: Expected the value to be PlannedEvent, got a string',
    'Expected `ANALYTICS_ENABLED` to be a boolean, got a string\nExpected `ANALYTICS_BATCH_MAX_COUNT` to be an integer ≥ 1, got a number',
  ],
  '03-marble-test.ts': ['passed: aFailedAttemptIsRepeated', 'passed: aBatchIsCutByAge'],
  '04-custom-sink.ts': ['{"redis events":{"delivered":2,"failed":1,"dropped":0,"pending":0}}'],
};

describe('examples', () => {
  for (const file of readdirSync(FOLDER).filter((name) => /^\d\d-.*\.ts$/.test(name))) {
    it(`${file} prints what it says`, async () => {
      const { main } = (await import(pathToFileURL(join(FOLDER, file)).href)) as { main: (print: (line: string) => void) => Promise<void> };
      const printed: string[] = [];
      await main((line) => printed.push(line));
      expect(printed).to.deep.equal(OUTPUT[file]);
    });

    it(`${file} is read in a minute`, () => {
      expect(readFileSync(join(FOLDER, file), 'utf8').trimEnd().split('\n').length).to.be.at.most(60);
    });
  }
});
