export { apiKey } from './api-key-rule.js';
export { card } from './card-rule.js';
export { email } from './email-rule.js';
export { iban } from './iban-rule.js';
export { ip } from './ip-rule.js';
export { secret } from './secret-rule.js';
export { ssn } from './ssn-rule.js';
