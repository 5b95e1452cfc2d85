import { expect } from 'chai';
import { Agent } from 'undici';
import { undiciTransport } from '../../lib/http/undici-transport.js';
import { describeTransport } from '../support/describe-transport.js';

describe('undiciTransport', () => {
  const agent = new Agent({ connections: 1 });

  after(() => agent.destroy());

  describeTransport('undiciTransport', () => undiciTransport(agent));

  it('throws for an invalid dispatcher', () => {
    expect(() => undiciTransport({} as never)).to.throw(TypeError, 'Expected `dispatcher` to be a dispatcher with a function `request`');
    expect(() => undiciTransport(undefined as never)).to.throw(TypeError);
  });
});
