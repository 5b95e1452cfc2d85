export { marbles } from './marbles.js';
export { testCollector, type TestCollector, type TestCollectorOptions } from './test-collector.js';
export { scriptedSink, ScriptedSink, type ScriptedAttempt, type ScriptedSinkOptions } from './scripted-sink.js';
export { seededRandom } from './seeded-random.js';
export { sequentialIds } from './sequential-ids.js';
export { describeOperatorContract, type OperatorContract } from './describe-operator-contract.js';
export { describeSinkContract, type SinkContract } from './describe-sink-contract.js';
export { describeLaneStoreContract, type LaneStoreContract } from './describe-lane-store-contract.js';
export type { TestApi } from './test-api.js';
