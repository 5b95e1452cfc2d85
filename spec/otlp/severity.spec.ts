import { SeverityNumber } from '@opentelemetry/api-logs';
import { expect } from 'chai';
import { severityJson } from '../../lib/otlp/severity.js';

describe('severityJson', () => {
  it('writes the number and the text of each severity', () => {
    const { DEBUG, INFO, WARN, ERROR, FATAL } = SeverityNumber;
    for (const [severity, number] of Object.entries({ debug: DEBUG, info: INFO, warning: WARN, error: ERROR, critical: FATAL }))
      expect(severityJson({ severity })).to.equal(`"severityNumber":${String(number)},"severityText":"${severity}",`);
  });

  it('returns nothing for an unknown severity', () => {
    for (const data of [{}, { severity: 'fatal' }, { severity: 'toString' }, { severity: 3 }, null, undefined, 'error'])
      expect(severityJson(data)).to.equal('');
  });
});
