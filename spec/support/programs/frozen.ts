/**
 * A program that is stopped while it delivers one event: `node frozen.js URL LANE [flush|shutdown] [TIMEOUT]`. Prints the lane's totals at its end,
 * and whether the call timed out.
 */
import { postSink } from '../../../lib/http/index.js';
import { EventCollector } from '../../../lib/index.js';
import type { LanePatch } from '../../../lib/lane/lane-options.js';

const [url = '', lane = '{}', call = 'flush', timeoutMs = 'Infinity'] = process.argv.slice(2);
const collector = new EventCollector({ sinks: [postSink({ url, name: 'sink' })], lane: JSON.parse(lane) as LanePatch });
collector.collect({ type: 'click', priority: 'critical' });
const { timedOut } = await collector[call === 'shutdown' ? 'shutdown' : 'flush']({ timeoutMs: Number(timeoutMs) });
const { attempts, delivered, failed } = collector.stats().sinks['sink'] ?? {};
console.log(JSON.stringify({ attempts, delivered, failed, timedOut }));
