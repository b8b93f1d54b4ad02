import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const index = fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'isac-printable-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Sets the terminal's title, clears the screen, turns the direction of text, and is long. */
const hostile = `\u001b]0;pwned\u0007\u001b[2J\u009b31m\u202e${'y'.repeat(200_000)}`;

/** Escape, bell, C1 controls and bidi controls: nothing of it may reach a terminal. */
// eslint-disable-next-line no-control-regex
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

function cli(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', index, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ISAC_STUDIO_HOME: folder },
  });
  expect(status).toBe(2);
  return stdout + stderr;
}

it('shows a hostile key of a layout as text, cut', () => {
  const file = join(folder, 'layout.json');
  writeFileSync(file, JSON.stringify({ version: 1, boxes: [], [hostile]: 1 }));
  const said = cli('generate', file, '--out', join(folder, 'out'));
  expect(said).toContain('layout.json');
  expect(said).toContain('\\u{1b}]0;pwned\\u{7}');
  expect(said).not.toMatch(acting);
  expect(said.length).toBeLessThan(5000);
});

it('shows a hostile tensor name of a weight file as text, cut', () => {
  const model = join(folder, 'lora');
  mkdirSync(model);
  // safetensors: eight bytes of length, JSON, data (https://huggingface.co/docs/safetensors).
  const header = Buffer.from(
    JSON.stringify({ [hostile]: { dtype: 'F99', shape: [1], data_offsets: [0, 4] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = join(model, 'a.safetensors');
  writeFileSync(file, Buffer.concat([length, header, Buffer.alloc(4)]));
  const said = cli('models', 'add', file);
  expect(said).toContain('a.safetensors');
  expect(said).toContain('\\u{1b}]0;pwned\\u{7}');
  expect(said).not.toMatch(acting);
  expect(said.length).toBeLessThan(5000);
});
