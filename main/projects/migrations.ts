import { PROJECT_VERSION } from '../../preload/contract/project.ts';
import { UserError } from '../engine/errors.ts';

/** A JSON object as it was read, before any schema. */
export type RawObject = Readonly<Record<string, unknown>>;

/** Turns a project.json of one version into one of the next, pure; `version` itself is set by `migrate`. */
export type Migration = (raw: RawObject) => RawObject;

/** `projectMigrations[n - 1]` leads from version n to n + 1. Version 1 is the first there is. */
export const projectMigrations: readonly Migration[] = [];

/** Written by a newer program. Nothing may be guessed and nothing written. */
export class NewerVersionError extends UserError {}

/**
 * Brings a project.json up to the current version.
 *
 * @throws NewerVersionError naming both versions; UserError when there is no version to go by
 */
export function migrate(
  raw: RawObject,
  file: string,
  migrations: readonly Migration[] = projectMigrations,
  current: number = PROJECT_VERSION,
): RawObject {
  const { version } = raw;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new UserError(`${file} has no version number; it should be a whole number from 1 to ${current}.`);
  }
  if (version > current) {
    throw new NewerVersionError(
      `${file} was written by a newer ISAC Studio (project version ${version}; this one reads up to ${current}): ` +
        'update the program. The project was left as it is.',
    );
  }
  let migrated = raw;
  for (let from = version; from < current; from++) {
    const migration = migrations[from - 1];
    if (migration === undefined) throw new Error(`There is no migration from project version ${from}.`);
    migrated = { ...migration(migrated), version: from + 1 };
  }
  return migrated;
}
