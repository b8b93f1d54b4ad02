import { meaningBefore } from '../../../preload/contract/isacMigration.ts';

/** ISAC as it was up to November 2026, which the fixtures of whole runs were made with. */
export const settingsBefore = { ...meaningBefore, mapScale: 'peak' } as const;
