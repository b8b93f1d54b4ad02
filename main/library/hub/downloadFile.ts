import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { sentence } from '../../../preload/contract/sentences.ts';
import { UserError } from '../../engine/errors.ts';
import type { HubFile, HubSettings } from './client.ts';
import { reasonOf } from './client.ts';
import { refusalOf, refused } from './refusals.ts';

const MAX_ATTEMPTS = 6;

/** What a part's neighbour remembers of the answer that it came from. */
const stateSchema = z.strictObject({ etag: z.string().nullable(), expected: z.string() });

export interface FileDownload {
  readonly url: string;
  readonly file: HubFile;
  readonly target: string;
  readonly settings: HubSettings;
  /** Ends the download with an AbortError; what came stays in `<target>.part` and is gone on with next time. */
  readonly signal?: AbortSignal;
  /** Bytes of the file that are there so far. */
  onProgress?(bytes: number): void;
  /** Waits before another attempt, in milliseconds; doubles each time. */
  readonly patience?: number;
}

/** Too many requests: the hub says when to come again. */
class Patience extends Error {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super('status 429, too many requests');
    this.waitMs = waitMs;
  }
}

/**
 * Downloads one file into `<target>.part`, goes on where a broken connection left it, compares size and hash with what
 * the hub's list says, and only then gives it its name. Every attempt asks the hub anew, which answers with a redirect
 * to its storage that is signed for a while.
 *
 * @returns its SHA-256
 * @throws UserError when the network or the disk fails for good, or when the bytes are not those of the list
 */
export async function downloadFile(download: FileDownload): Promise<string> {
  const { file, target, signal } = download;
  await mkdir(dirname(target), { recursive: true });
  let failures = 0;
  for (;;) {
    const before = await partSize(target);
    try {
      await fetchRest(download);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
        throw new UserError(sentence('download.diskFull', { path: target }));
      }
      // Attempts that brought something don't count.
      failures = (await partSize(target)) > before ? 1 : failures + 1;
      if (failures >= MAX_ATTEMPTS) {
        throw new UserError(
          sentence('download.broke', { file: file.path, times: failures, reason: reasonOf(error) }),
        );
      }
      const asked = error instanceof Patience ? error.waitMs : 0;
      await sleep(
        Math.max((download.patience ?? 500) * 2 ** failures, asked),
        undefined,
        signal === undefined ? {} : { signal },
      );
    }
  }
  const sha256 = await check(download);
  await rename(partOf(target), target);
  await rm(stateOf(target), { force: true });
  return sha256;
}

/** Forgets what came so far: the end of a download that was cancelled. */
export async function discardPart(target: string): Promise<void> {
  await rm(partOf(target), { force: true });
  await rm(stateOf(target), { force: true });
}

const partOf = (target: string): string => `${target}.part`;
const stateOf = (target: string): string => `${target}.part.json`;

/** Bytes of a file that are on the disk already. */
export async function partSize(target: string): Promise<number> {
  return (await stat(partOf(target)).catch(() => undefined))?.size ?? 0;
}

async function fetchRest({ url, file, target, settings, signal, onProgress }: FileDownload): Promise<void> {
  const expected = `${file.bytes} ${file.hash?.hex ?? ''}`;
  const state = await readState(target);
  // A part of another version of the file is worth nothing.
  if (state?.expected !== expected) await discardPart(target);
  const have = await partSize(target);
  if (have > file.bytes) await discardPart(target);
  else if (have === file.bytes && state?.expected === expected) return;
  const start = have > file.bytes || state?.expected !== expected ? 0 : have;
  // The SHA-256 of a large file says that the rest is of the same file. Its ETag is the storage's own, which may
  // differ from one of its places to the next: gigabytes would begin anew. Small files have no other witness.
  const etag = file.hash?.kind === 'sha256' ? null : (state?.etag ?? null);
  const headers: Record<string, string> = {
    // Bytes as they are: a range of a compressed stream would be another thing.
    'accept-encoding': 'identity',
    ...(settings.token === null ? {} : { authorization: `Bearer ${settings.token}` }),
    ...(start > 0 ? { range: `bytes=${start}-` } : {}),
    ...(start > 0 && etag !== null ? { 'if-range': etag } : {}),
  };
  const response = await settings.fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
  const resumed = response.status === 206 && startOfRange(response) === start;
  if (!resumed && response.status !== 200) {
    await response.body?.cancel();
    if (response.status === 416 || response.status === 206) {
      await discardPart(target);
      throw new Error(`the answer has another range (${response.status})`);
    }
    const refusal = refusalOf(response);
    if (refusal.status === 429) throw new Patience((refusal.waitSeconds ?? 0) * 1000);
    // The storage refuses signatures that have run out; the next attempt gets a fresh one.
    const elsewhere = response.redirected && new URL(response.url).origin !== new URL(url).origin;
    if (refusal.status >= 500 || (elsewhere && refusal.code === null))
      throw new Error(`status ${refusal.status}${elsewhere ? ` from ${new URL(response.url).host}` : ''}`);
    const { endpoint, token } = settings;
    const page = url.slice(0, url.indexOf('/resolve/'));
    throw new UserError(refused(refusal, { what: file.path, endpoint, page, token: token !== null }));
  }
  const strong = response.headers.get('etag');
  await writeFile(
    stateOf(target),
    JSON.stringify({ etag: strong?.startsWith('"') === true ? strong : null, expected }),
  );
  if (response.body === null) throw new Error('the answer is empty');
  const handle = await open(partOf(target), resumed ? 'r+' : 'w');
  try {
    let at = resumed ? start : 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      if (at + chunk.byteLength > file.bytes) {
        throw new UserError(
          `${file.path}: more than the ${file.bytes} bytes of the hub's list come from ${settings.endpoint}; it is not that file.`,
        );
      }
      let done = 0;
      while (done < chunk.byteLength) {
        done += (await handle.write(chunk, done, chunk.byteLength - done, at + done)).bytesWritten;
      }
      at += chunk.byteLength;
      onProgress?.(at);
    }
    if (at < file.bytes) throw new Error(`it ended after ${at} of ${file.bytes} bytes`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function startOfRange(response: Response): number | null {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? null : Number(match[1]);
}

async function readState(target: string): Promise<z.infer<typeof stateSchema> | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(stateOf(target), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Hashes what came; a wrong one is thrown away. */
async function check({ file, target, signal }: FileDownload): Promise<string> {
  const sha256 = createHash('sha256');
  const hashes: Hash[] = [sha256];
  const blob = file.hash?.kind === 'git-blob' ? createHash('sha1').update(`blob ${file.bytes}\0`) : null;
  if (blob !== null) hashes.push(blob);
  const options = { highWaterMark: 2 ** 20, ...(signal === undefined ? {} : { signal }) };
  for await (const chunk of createReadStream(partOf(target), options) as AsyncIterable<Buffer>) {
    for (const hash of hashes) hash.update(chunk);
  }
  const hex = sha256.digest('hex');
  const found = blob === null ? hex : blob.digest('hex');
  if (file.hash !== null && file.hash.hex !== found) {
    await discardPart(target);
    throw new UserError(sentence('download.wrongHash', { file: file.path, found, listed: file.hash.hex }));
  }
  return hex;
}
