import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../scripts/entries.js';

interface BillOfMaterials {
  readonly packages: readonly { readonly name: string; readonly versionInfo: string; readonly licenseDeclared: string }[];
}

describe('npm run sbom', function () {
  this.timeout(60_000);

  it('lists the package and its dependencies, all under the MIT licence', () => {
    const { name, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const output = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: ROOT, encoding: 'utf8' });
    const { packages } = JSON.parse(output) as BillOfMaterials;
    expect(packages.map((each) => each.name)).to.have.members([name, ...Object.keys(dependencies)]);
    expect(new Set(packages.map(({ licenseDeclared }) => licenseDeclared))).to.deep.equal(new Set(['MIT']));
    expect(packages.filter(({ versionInfo }) => !/^\d+\.\d+\.\d+$/.test(versionInfo))).to.deep.equal([]);
  });
});
