import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backupPath, removeTemporaries, writeFileAtomic } from '../../main/projects/atomicFile.ts';
import { versionOf } from './children/bigText.ts';
import { temporaryFolders } from './samples.ts';
import { spawnChild } from './spawnChild.ts';

const folder = temporaryFolders();

describe('writeFileAtomic', () => {
  it('replaces a file and keeps the previous version', async () => {
    const path = join(folder(), 'file.json');
    await writeFileAtomic(path, 'one', { backup: true });
    expect(existsSync(backupPath(path))).toBe(false);
    await writeFileAtomic(path, 'two', { backup: true });
    await writeFileAtomic(path, 'three', { backup: true });
    expect(readFileSync(path, 'utf8')).toBe('three');
    expect(readFileSync(backupPath(path), 'utf8')).toBe('two');
    expect(readdirSync(join(path, '..')).sort()).toEqual(['file.json', 'file.json.bak']);
  });

  it('leaves the backup alone when asked', async () => {
    const path = join(folder(), 'file.json');
    for (const text of ['one', 'two']) await writeFileAtomic(path, text, { backup: true });
    await writeFileAtomic(path, 'three');
    expect(readFileSync(backupPath(path), 'utf8')).toBe('one');
  });

  it('leaves nothing behind when the target cannot be replaced', async () => {
    const place = folder();
    const path = join(place, 'taken');
    mkdirSync(path);
    writeFileSync(join(path, 'inside'), 'kept');
    await expect(writeFileAtomic(path, 'text')).rejects.toThrow();
    expect(readdirSync(place)).toEqual(['taken']);
    expect(readFileSync(join(path, 'inside'), 'utf8')).toBe('kept');
  });

  it('survives a kill before every single file system call', async () => {
    const count = Number(await spawnChild('killBeforeCall.ts', join(folder(), 'file.json'), '1000').line());
    // open, write, sync and close of the file, link and rename of the backup, rename, sync of the folder.
    expect(count).toBeGreaterThanOrEqual(8);
    const seen = new Set<number>();
    for (let fatal = 1; fatal <= count; fatal++) {
      const place = folder();
      const path = join(place, 'file.json');
      expect(await spawnChild('killBeforeCall.ts', path, String(fatal)).ended).toBe('SIGKILL');
      const version = versionOf(readFileSync(path, 'utf8'));
      seen.add(version);
      expect(version).toBeGreaterThanOrEqual(2);
      // The backup is whole too, and never newer than the file.
      expect(versionOf(readFileSync(backupPath(path), 'utf8'))).toBeLessThanOrEqual(version);
      await removeTemporaries(place);
      expect(readdirSync(place).sort()).toEqual(['file.json', 'file.json.bak']);
    }
    expect(seen).toEqual(new Set([2, 3]));
  });
});
