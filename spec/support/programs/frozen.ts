/**
 * A program that is stopped while it delivers one event: `node frozen.js URL LANE`. Prints the lane's totals at its end.
 */
import { postSink } from '../../../lib/http/index.js';
import { EventCollector } from '../../../lib/index.js';
import type { LanePatch } from '../../../lib/lane/lane-options.js';

const [url = '', lane = '{}'] = process.argv.slice(2);
const collector = new EventCollector({ sinks: [postSink({ url, name: 'sink' })], lane: JSON.parse(lane) as LanePatch });
collector.collect({ type: 'click', priority: 'critical' });
await collector.flush();
const { attempts, delivered, failed } = collector.stats().sinks['sink'] ?? {};
console.log(JSON.stringify({ attempts, delivered, failed }));
