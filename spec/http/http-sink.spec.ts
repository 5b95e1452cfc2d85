import { expect } from 'chai';
import { httpSink } from '../../lib/http/http-sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { LoopbackServer } from '../support/loopback-server.js';

describe('httpSink', () => {
  let server: LoopbackServer;

  beforeEach(async () => {
    server = await LoopbackServer.start();
  });

  afterEach(() => server.stop());

  describeSinkContract('httpSink', {
    create: () => httpSink({ url: server.url }),
    failing: () => httpSink({ url: 'http://127.0.0.1:1/' }),
    received: () => server.events().map(({ id }) => id),
  });

  it('is named http', () => {
    expect(httpSink({ url: server.url }).name).to.equal('http');
  });
});
