import { subjectsOf } from '../../preload/contract/instances.ts';
import type { GenerationRequest } from '../../preload/contract/request.ts';
import type { CanvasOverlay } from '../canvas/overlay.ts';
import type { ShowMode } from '../../preload/contract/studioRecords.ts';
import type { LiveRun, LoadedResult } from '../ui/state.ts';

export interface OverlayInput {
  /** The running job, when it is watched. */
  readonly live: LiveRun | null;
  readonly loaded: LoadedResult | undefined;
  readonly mode: ShowMode;
  readonly boxes: boolean;
  readonly scrub: number | null;
  readonly highlight: string | null;
  /** Ids of the selected boxes. */
  readonly selected: readonly string[];
  /** Width over height of the document. */
  readonly ratio: number;
}

/** Whether a result's picture fits the document's frame; another shape would be stretched. */
export function fits(request: Pick<GenerationRequest, 'width' | 'height'>, ratio: number): boolean {
  return Math.abs(request.width / request.height / ratio - 1) < 0.01;
}

/** What lies under the boxes: the emerging picture, a step of the past, or the finished one. */
export function overlayOf(input: OverlayInput): CanvasOverlay {
  const { live, loaded, mode, boxes, scrub, highlight, selected, ratio } = input;
  const base = { highlight, selected, boxes: boxes || mode === 'layout' };
  const nothing: CanvasOverlay = { image: null, masks: [], show: 'image', ...base, boxes: true };
  if (mode === 'layout') {
    return nothing;
  }
  if (live !== null) {
    const known = live.preview !== null && fits(live.request, ratio);
    return known
      ? {
          image: png(live.preview),
          masks: named(live.request, live.masks.map(png)),
          show: mode,
          ...base,
        }
      : nothing;
  }
  if (loaded === undefined || !fits(loaded.view.result.request, ratio)) {
    return nothing;
  }
  const { view, trace } = loaded;
  const step = scrub === null ? undefined : trace?.steps[scrub];
  if (step !== undefined) {
    return {
      image: step.preview === null ? null : png(step.preview),
      masks: named(view.result.request, step.masks.map(png)),
      show: mode,
      ...base,
    };
  }
  return { image: view.image, masks: named(view.result.request, view.masks), show: mode, ...base };
}

function png(base64: string): string;
function png(base64: string | null): string | null;
function png(base64: string | null): string | null {
  return base64 === null ? null : `data:image/png;base64,${base64}`;
}

function named(request: GenerationRequest, masks: readonly (string | null)[]): CanvasOverlay['masks'] {
  const subjects = subjectsOf(request);
  return masks.flatMap((href, index) => {
    const box = subjects[index];
    return href === null || box === undefined ? [] : [{ boxId: box.id, href }];
  });
}
