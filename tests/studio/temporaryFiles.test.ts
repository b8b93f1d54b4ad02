import { expect, it } from 'vitest';
import { sentence } from '../../preload/contract/sentences.ts';
import { UserError } from '../../main/engine/errors.ts';
import { calledByName } from '../../main/studio/temporaryFiles.ts';

const file = { id: '1', name: 'Dogs.zip', path: '/tmp/x/1' };
const failing = (error: Error): Promise<never> => calledByName(file, () => Promise.reject(error));

it('calls a file by its name in sentences of every language', async () => {
  const cause = sentence('cause.ENOSPC', {});
  await expect(
    failing(new UserError(sentence('file.export', { path: file.path, cause }))),
  ).rejects.toMatchObject({
    message: 'Cannot export Dogs.zip: the disk is full; free some space and try again.',
    sentence: sentence('file.export', { path: 'Dogs.zip', cause }),
  });
  await expect(failing(new UserError(`${file.path} is no zip file.`))).rejects.toMatchObject({
    message: 'Dogs.zip is no zip file.',
    sentence: null,
  });
});
