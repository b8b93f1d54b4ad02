import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { boxOfMask, encodeRle, areaOfMask } from '../../main/engine/masks/rle.ts';
import { newDocument } from '../../preload/contract/newDocument.ts';
import { encodePng } from '../../main/projects/picture.ts';
import type { ProjectOptions } from '../../main/projects/projectStore.ts';
import type { FinishedRun } from '../../main/projects/results.ts';
import type { ProjectDocument } from '../../preload/contract/project.ts';
import { requestSchema } from '../../preload/contract/request.ts';
import { resultSchema } from '../../preload/contract/result.ts';

export const defaults = { model: 'mini-gligen', width: 128, height: 128 };
export const options: ProjectOptions = { writtenBy: 'ISAC Studio 0.1.0', defaults };

/** A fresh folder for each test, removed after it. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'isac-test-'));
    made.push(folder);
    return folder;
  };
}

/** A document with a dog before a sheep. */
export function sampleDocument(): ProjectDocument {
  return {
    ...newDocument(defaults),
    boxes: [
      { id: 'a', phrase: 'sheep', box: [0.5, 0.25, 0.95, 0.8], colour: 0, locked: false, hidden: false },
      { id: 'b', phrase: 'brown dog', box: [0.1, 0.3, 0.6, 0.9], colour: 1, locked: true, hidden: false },
    ],
    bind: [['a', 'b']],
    caption: { text: 'a sheep and a brown dog', edited: false },
  };
}

/** The sheep is a ring (a hole in the middle), the dog two separate pieces. */
export function sampleMasks(side = 32): Uint8Array[] {
  const paint = (inside: (x: number, y: number) => boolean): Uint8Array =>
    Uint8Array.from({ length: side * side }, (_, pixel) =>
      Number(inside(pixel % side, Math.floor(pixel / side))),
    );
  return [
    paint((x, y) => x >= 16 && x < 30 && y >= 8 && y < 26 && !(x >= 20 && x < 25 && y >= 12 && y < 20)),
    paint((x, y) => (x >= 3 && x < 12 && y >= 10 && y < 28) || (x >= 2 && x < 8 && y >= 2 && y < 6)),
  ];
}

/** A finished run of 64 x 64 pixels whose picture is a gradient. */
export function sampleRun(seed = 7, side = 64): FinishedRun {
  const masks = sampleMasks(side === 64 ? 64 : side);
  const phrases = ['sheep', 'brown dog'];
  const request = requestSchema.parse({
    version: 1,
    model: 'mini-gligen',
    width: side,
    height: side,
    caption: 'a sheep and a brown dog, 양과 개 🐑',
    boxes: [
      { id: 'a', phrase: phrases[0], box: [0.5, 0.25, 0.95, 0.8] },
      { id: 'b', phrase: phrases[1], box: [0.1, 0.3, 0.6, 0.9] },
    ],
    bind: [['a', 'b']],
    seed,
  });
  const result = resultSchema.parse({
    version: 1,
    request,
    model: { id: 'mini-gligen', name: 'Mini', sha256: 'ab'.repeat(32) },
    device: 'cpu',
    versions: { 'isac-studio': '0.1.0', 'onnxruntime-node': '1.30.0' },
    seconds: { sampling: 1.5 },
    runs: { unet: 50 },
    losses: [
      { step: 0, timestep: 981, instance: 0.4, semantic: 0.2, grounding: 0, total: 0.6, gradientNorm: 1 },
    ],
    maskOverlap: { first: 0.4, last: 0.1 },
    boxes: request.boxes.map(({ id, phrase }, index) => {
      const mask = masks[index] ?? new Uint8Array();
      return {
        id,
        phrase,
        area: areaOfMask(mask),
        bbox: boxOfMask(mask, side, side),
        rle: encodeRle(mask, side, side),
        boxIou: 0.5,
      };
    }),
    warnings: [],
  });
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 7 + seed) % 256);
  const mask = (one: Uint8Array): Uint8Array =>
    encodePng({ width: side, height: side, channels: 1, data: one.map((value) => value * 255) });
  return {
    result,
    image: encodePng({ width: side, height: side, channels: 3, data }),
    masks: masks.map(mask),
    trace: [{ step: 0, loss: null, preview: 'AAAA', masks: ['BBBB', 'CCCC'] }],
  };
}
