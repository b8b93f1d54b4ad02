import { spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { OutputFolder } from '../../main/cli/outputFolder.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'isac-out-'));
});

describe('the output folder', () => {
  it('appears only when it is whole', async () => {
    const folder = await OutputFolder.open(join(home, 'a', 'result'));
    await folder.write('masks/1-dog.png', 'x');
    await folder.write('result.json', '{}');
    expect((await readdir(join(home, 'a'))).every((name) => name.startsWith('.'))).toBe(true);
    await folder.commit();
    await folder.discard();
    expect(await readdir(join(home, 'a'))).toEqual(['result']);
    expect((await readdir(join(home, 'a', 'result'))).sort()).toEqual(['masks', 'result.json']);
  });

  it('leaves an earlier result alone until then, and nothing behind when it is discarded', async () => {
    const place = join(home, 'result');
    await mkdir(place);
    await writeFile(join(place, 'result.json'), 'old');
    const given = await OutputFolder.open(place);
    await given.write('result.json', 'new');
    await given.discard();
    expect(await readFile(join(place, 'result.json'), 'utf8')).toBe('old');
    const kept = await OutputFolder.open(place);
    await kept.write('image.png', 'new');
    await kept.commit();
    expect(await readdir(place)).toEqual(['image.png']);
    expect(await readdir(home)).toEqual(['result']);
  });

  it.each([
    '.DS_Store',
    '._image.png',
    'Thumbs.db',
    'THUMBS.DB',
    'desktop.ini',
    '.directory',
    'lost+found',
    '.Trash-1000',
  ])('holds %s of the system, which stays', async (system) => {
    const place = join(home, 'result');
    await mkdir(place);
    await writeFile(join(place, system), 'theirs');
    await writeFile(join(place, 'image.png'), 'old');
    const folder = await OutputFolder.open(place);
    await folder.write('result.json', 'new');
    await folder.commit();
    await folder.discard();
    expect((await readdir(place)).sort()).toEqual([system, 'result.json'].sort());
    expect(await readFile(join(place, system), 'utf8')).toBe('theirs');
    expect(await readdir(home)).toEqual(['result']);
  });

  it('may be a link, which stays one', async () => {
    const place = join(home, 'disk', 'result');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'image.png'), 'old');
    await symlink(place, join(home, 'out'), 'junction');
    const folder = await OutputFolder.open(join(home, 'out'));
    await folder.write('result.json', 'new');
    await folder.commit();
    await folder.discard();
    expect((await lstat(join(home, 'out'))).isSymbolicLink()).toBe(true);
    expect(await readdir(place)).toEqual(['result.json']);
    expect(await readdir(join(home, 'disk'))).toEqual(['result']);
    await symlink(join(home, 'nowhere'), join(home, 'dangling'), 'junction');
    await expect(OutputFolder.open(join(home, 'dangling'))).rejects.toThrow(
      /dangling: is a link to a folder that is not there/,
    );
  });

  // Root may write everywhere, and another user's rights can be had by a process of that user alone.
  it.skipIf(process.platform === 'win32')('may lie in a folder that cannot be written to', async () => {
    const place = join(home, 'locked', 'result');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'image.png'), 'old');
    await writeFile(join(place, '.DS_Store'), 'theirs');
    const root = process.getuid?.() === 0;
    if (root) {
      for (const path of [place, join(place, 'image.png')]) await chown(path, 65534, 65534);
      await chmod(home, 0o755);
    } else await chmod(join(home, 'locked'), 0o555);
    try {
      if (root) process.seteuid?.(65534);
      const given = await OutputFolder.open(place);
      await given.write('result.json', 'given up');
      await given.discard();
      expect((await readdir(place)).sort()).toEqual(['.DS_Store', 'image.png']);
      const folder = await OutputFolder.open(place);
      await folder.write('masks/1-dog.png', 'new');
      await folder.write('result.json', 'new');
      expect(await readFile(join(place, 'image.png'), 'utf8')).toBe('old');
      await folder.commit();
      await folder.discard();
    } finally {
      if (root) process.seteuid?.(0);
      await chmod(join(home, 'locked'), 0o755);
    }
    expect((await readdir(place)).sort()).toEqual(['.DS_Store', 'masks', 'result.json']);
  });

  it('that cannot be written to is refused before anything runs', async () => {
    await writeFile(join(home, 'file'), '');
    await expect(OutputFolder.open(join(home, 'file', 'result'))).rejects.toThrow(/cannot be written to/);
  });

  const mounted = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0;
  it.skipIf(!mounted).each([
    ['a mount point', 'mount -t tmpfs tmpfs'],
    ['a folder mounted from the same file system', 'mount --bind "$1/other"'],
  ])('may be %s', async (_, mount) => {
    for (const name of ['other', 'out']) await mkdir(join(home, name));
    const module = new URL('../../main/cli/outputFolder.ts', import.meta.url).href;
    const script = `const { OutputFolder } = await import(${JSON.stringify(module)});
      for (const text of ['one', 'two']) {
        const folder = await OutputFolder.open(process.argv[1] + '/out');
        await folder.write('masks/1-dog.png', text);
        await folder.write('result.json', text);
        await folder.commit();
        await folder.discard();
      }`;
    const shell = `${mount} "$1/out" && "$2" --import tsx --input-type=module -e "$3" "$1" && ls -A "$1/out" && cat "$1/out/result.json"`;
    const { stdout, stderr } = spawnSync(
      'unshare',
      ['-rm', 'sh', '-c', shell, 'sh', home, process.execPath, script],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    expect(stdout).toBe('masks\nresult.json\ntwo');
    expect((await readdir(home)).sort()).toEqual(['other', 'out']);
  });

  it('never replaces anything that is not a result', async () => {
    await writeFile(join(home, 'thesis.tex'), 'years of work');
    await expect(OutputFolder.open(home)).rejects.toThrow(/holds thesis.tex, which is not a result/);
    await expect(OutputFolder.open(join(home, 'thesis.tex'))).rejects.toThrow(/is a file; name a folder/);
    const late = await OutputFolder.open(join(home, 'late'));
    await mkdir(join(home, 'late'));
    await writeFile(join(home, 'late', 'mine.txt'), 'x');
    await expect(late.commit()).rejects.toThrow(/holds mine.txt/);
    await late.discard();
    expect((await readdir(home)).sort()).toEqual(['late', 'thesis.tex']);
  });
});
