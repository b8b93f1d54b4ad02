import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  migrate,
  NewerVersionError,
  projectMigrations,
  type Migration,
} from '../../main/projects/migrations.ts';
import { salvageProject } from '../../main/projects/salvage.ts';
import { PROJECT_VERSION, projectFileSchema } from '../../preload/contract/project.ts';
import { defaults } from './samples.ts';

const chain: Migration[] = [
  ({ title, ...rest }) => ({ ...rest, name: title }),
  (raw) => ({ ...raw, boxes: [...(raw['boxes'] as unknown[]), 'added'] }),
];

describe('migrate', () => {
  it('runs every migration from the file’s version on, without touching its input', () => {
    const raw = { version: 1, title: 'Dogs', boxes: ['a'] };
    const before = structuredClone(raw);
    expect(migrate(raw, 'project.json', chain, 3)).toEqual({
      version: 3,
      name: 'Dogs',
      boxes: ['a', 'added'],
    });
    expect(raw).toEqual(before);
    expect(migrate({ version: 2, name: 'x', boxes: [] }, 'f', chain, 3)).toEqual({
      version: 3,
      name: 'x',
      boxes: ['added'],
    });
    expect(migrate({ version: 3, name: 'x' }, 'f', chain, 3)).toEqual({ version: 3, name: 'x' });
  });

  it('refuses a newer version by name', () => {
    const attempt = (): unknown => migrate({ version: 7 }, '/a/Dogs.isac/project.json');
    expect(attempt).toThrow(NewerVersionError);
    expect(attempt).toThrow(
      `/a/Dogs.isac/project.json was written by a newer ISAC Studio (project version 7; this one reads up to ${PROJECT_VERSION})`,
    );
  });

  it.each([undefined, null, '1', 0, -1, 1.5, Number.NaN])('refuses %j as a version', (version) => {
    expect(() => migrate({ version }, 'project.json')).toThrow(/has no version number/);
  });

  it('has a migration from every earlier version to the next', () => {
    expect(projectMigrations).toHaveLength(PROJECT_VERSION - 1);
  });

  it('opens what version 1 wrote, unchanged but for the version', () => {
    const file = new URL('../fixtures/projects/version-1.json', import.meta.url);
    const raw = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    const migrated = migrate(raw, 'version-1.json');
    const { file: opened, damage } = salvageProject(migrated, defaults, 'version-1.json');
    expect(damage).toEqual([]);
    expect(projectFileSchema.parse(opened).document.boxes.map(({ phrase }) => phrase)).toEqual([
      'sheep',
      'brown dog',
    ]);
  });
});
