import '../support/angular.js';
import { InjectionToken, VERSION } from '@angular/core';
import { expect } from 'chai';
import { build } from 'esbuild';
import { rootInterceptors } from '../../lib/angular/root-interceptors.js';
import { ROOT } from '../../scripts/entries.js';

describe('rootInterceptors', () => {
  it("returns Angular's token", () => {
    const token = rootInterceptors();
    expect(token).to.be.instanceOf(InjectionToken);
    expect(String(token)).to.include('HTTP_ROOT_INTERCEPTOR_FNS');
  });

  it('names the feature, the version and the remedy if Angular lacks it', () => {
    for (const other of [null, {}, () => []])
      expect(() => rootInterceptors(other))
        .to.throw(Error, new RegExp(`^withHttpTiming\\(\\) needs .*missing in Angular ${VERSION.full.replaceAll('.', '\\.')}\\.`))
        .with.property('message')
        .that.includes('Remove withHttpTiming()');
  });

  it('leaves the entry importable if Angular lacks it', async () => {
    // As in bundles of an application; a missing export that is imported by its name would be an error.
    const { errors, warnings } = await build({
      stdin: { contents: "export * from './lib/angular/index.ts';", resolveDir: ROOT, loader: 'ts' },
      bundle: true,
      write: false,
      format: 'esm',
      external: ['@angular/core', '@angular/common', '@angular/router', 'rxjs', 'uuid'],
      logLevel: 'silent',
      plugins: [
        {
          name: 'a-later-angular',
          setup: (bundling) => {
            bundling.onResolve({ filter: /^@angular\/common\/http$/ }, () => ({ path: 'http', namespace: 'stub' }));
            bundling.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
              contents: 'export class HttpContextToken {} export class HttpErrorResponse {} export class HttpResponse {}',
            }));
          },
        },
      ],
    });
    expect(errors).to.deep.equal([]);
    expect(warnings.map(({ text }) => text.includes('ɵHTTP_ROOT_INTERCEPTOR_FNS'))).to.deep.equal([true]);
  });
});
