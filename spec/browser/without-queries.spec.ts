import { expect } from 'chai';
import { withoutQueries } from '../../lib/browser/without-queries.js';

describe('withoutQueries', () => {
  const rows: readonly (readonly [text: string, result: string])[] = [
    ['at f (https://a.example/b.js?token=1:2:3)', 'at f (https://a.example/b.js:2:3)'],
    ['at https://a.example/b.js?token=1', 'at https://a.example/b.js'],
    ['f@https://a.example/?u=https://b.example/?token=1:2:3', 'f@https://a.example/:2:3'],
    [
      'eval (eval at f (https://a.example/b.js?t=(1):2:3), <anonymous>:1:1)',
      'eval (eval at f (https://a.example/b.js:2:3), <anonymous>:1:1)',
    ],
    ['{"url":"https://a.example/?token=1","n":2}', '{"url":"https://a.example/","n":2}'],
    ['<a href="https://a.example/#token">', '<a href="https://a.example/">'],
    ['GET https://a.example:8080/b?c. Then https://d.example/e?f', 'GET https://a.example:8080/b. Then https://d.example/e'],
    ['failed for https://a.example/b?token=1: 503 Busy', 'failed for https://a.example/b: 503 Busy'],
    ['blob:https://a.example/1-2?x', 'blob:https://a.example/1-2'],
    ['data:text/javascript;base64,AAAA:1:2', 'data:text/javascript;base64:1:2'],
    ['bad data: a/b, c', 'bad data: a/b, c'],
    ['Really? /a?b=1 c#d', 'Really? /a?b=1 c#d'],
  ];
  for (const [text, result] of rows) {
    it(`returns ${result} for ${text}`, () => {
      expect(withoutQueries(text)).to.equal(result);
      expect(withoutQueries(result)).to.equal(result);
    });
  }
});
