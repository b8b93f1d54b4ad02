import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { appRoot } from '../../main/host/appRoot.ts';

describe('docs/reference', () => {
  it('says what the schemas say', () => {
    const check = (): string =>
      execFileSync(process.execPath, ['--import', 'tsx', 'scripts/reference.ts', '--check'], {
        cwd: appRoot(),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    expect(check).not.toThrow();
  });
});
