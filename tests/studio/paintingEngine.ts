import { setTimeout as sleep } from 'node:timers/promises';
import { Cancelled } from '../../main/engine/diffusion/cancelled.ts';
import { UserError } from '../../main/engine/errors.ts';
import { areaOfMask, boxOfMask, encodeRle } from '../../main/engine/masks/rle.ts';
import { enginePort } from '../../main/host/enginePort.ts';
import { serveEngine } from '../../main/host/engineServer.ts';
import { MeasuredRunner } from '../../main/host/measuredRunner.ts';
import type { JobRunner } from '../../main/host/jobRunner.ts';
import { encodeMask, encodePng, toBase64 } from '../../main/host/png.ts';
import { embedSource } from '../../main/projects/embeddedSource.ts';
import { sourcePixels } from '../../main/projects/sourcePictures.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';

// An engine process that paints boxes instead of denoising: fast, and every part of a result is really there.
// Its caption says what else is to happen: "slow", "crash", "refuse", "too much".

function maskOf({ width, height, boxes }: GenerationRequest, index: number): Uint8Array {
  const [x0, y0, x1, y1] = boxes[index]?.box ?? [0, 0, 0, 0];
  return Uint8Array.from({ length: width * height }, (_, pixel) => {
    const x = ((pixel % width) + 0.5) / width;
    const y = (Math.floor(pixel / width) + 0.5) / height;
    return Number(x >= x0 && x < x1 && y >= y0 && y < y1);
  });
}

const runner: JobRunner = {
  versions: () => ({ painting: '1' }),
  unload: () => Promise.resolve(),
  // Three letters of a phrase as its vector.
  embed: ({ phrases }) =>
    Promise.resolve(phrases.map((phrase) => [0, 1, 2].map((at) => phrase.charCodeAt(at) || 0))),
  async run(request, context) {
    const { width, height, boxes, steps, seed, caption } = request;
    const masks = boxes.map((_, index) => maskOf(request, index));
    const small = toBase64(encodePng(new Uint8Array(16).fill(seed % 256), 4, 4, 1));
    context.stage('loading');
    if (caption === 'refuse') throw new UserError('The size 64 x 64 is not possible.');
    if (caption === 'too much') throw new Error('Failed to allocate memory for requested buffer of size 8');
    context.stage('sampling');
    for (let step = 1; step <= steps; step++) {
      await sleep(caption === 'slow' ? 50 : 2);
      if (context.shouldStop()) throw new Cancelled();
      context.step({
        step,
        steps,
        loss: null,
        preview: context.preview ? small : null,
        masks: boxes.map(() => small),
      });
      if (caption === 'crash') process.kill(process.pid, 'SIGSEGV');
    }
    const start = context.source ?? null;
    const under = request.source && start ? sourcePixels(start, request.source.image).data : null;
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, byte) => {
      const inBox = masks.some((mask) => mask[Math.floor(byte / 3)] !== 0);
      return under && !inBox ? (under[byte] ?? 0) : (byte * 7 + seed * 31) % 256;
    });
    const png = encodePng(pixels, width, height, 3);
    return {
      result: {
        version: 1,
        request,
        model: { id: request.model, name: 'Painting', sha256: 'ab'.repeat(32) },
        device: 'cpu',
        versions: { painting: '1' },
        seconds: { sampling: 0.1 },
        runs: { unet: steps },
        losses: [],
        maskOverlap: null,
        boxes: boxes.map(({ id, phrase }, index) => {
          const mask = masks[index] ?? new Uint8Array();
          const rle = encodeRle(mask, width, height);
          return { id, phrase, area: areaOfMask(mask), bbox: boxOfMask(mask, width, height), rle, boxIou: 1 };
        }),
        warnings: [],
      },
      image: toBase64(start === null ? png : embedSource(png, start)),
      masks: masks.map((mask) => toBase64(encodeMask(mask, width, height))),
    };
  },
};

serveEngine(new MeasuredRunner(runner), enginePort());
