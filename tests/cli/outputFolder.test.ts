import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
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
