import Konva from 'konva';
import { bounds } from '../editor/geometry/rect.ts';
import { handles, handleSign } from '../editor/geometry/resize.ts';
import { movableBoxes } from '../editor/selection.ts';
import type { EditorState } from '../editor/state.ts';
import { LABEL_FONT, LABEL_HEIGHT, LABEL_PADDING } from './label.ts';
import { colourOfBox } from '../../preload/contract/palette.ts';
import { toScreenRect } from './screenRect.ts';
import type { ScreenRect } from './screenRect.ts';
import type { CanvasTheme } from './theme.ts';

const HANDLE = 8;

/**
 * What is drawn over the boxes: the frame of the selection and its handles, guides, marquee, the box that
 * is being drawn, its size in pixels, lines between bound boxes.
 */
export class Chrome {
  readonly shape: Konva.Shape;
  #state: EditorState | null = null;
  #theme: CanvasTheme;

  constructor(theme: CanvasTheme) {
    this.#theme = theme;
    this.shape = new Konva.Shape({
      listening: false,
      perfectDrawEnabled: false,
      sceneFunc: (context) => {
        if (this.#state) {
          draw(context, this.#state, this.#theme);
        }
      },
    });
  }

  set(state: EditorState, theme: CanvasTheme): void {
    this.#state = state;
    this.#theme = theme;
  }
}

function draw(context: Konva.Context, state: EditorState, theme: CanvasTheme): void {
  const { document, viewport, draft } = state;
  context.save();
  drawBonds(context, state, theme);
  drawGuides(context, state, theme);
  if (draft?.kind === 'marquee') {
    const rect = toScreenRect(draft.box, viewport, document);
    context.globalAlpha = 0.12;
    context.fillStyle = theme.accent;
    context.fillRect(rect.x, rect.y, rect.width, rect.height);
    context.globalAlpha = 1;
    stroke(context, rect, theme.accent, 1, []);
  } else if (draft?.kind === 'draw') {
    const rect = toScreenRect(draft.box, viewport, document);
    context.fillStyle = colourOfBox(draft.colour, 0.2);
    context.fillRect(rect.x, rect.y, rect.width, rect.height);
    stroke(context, rect, colourOfBox(draft.colour), 2, []);
    drawSize(context, rect, sizeText(draft.box, document), theme);
  } else {
    drawSelection(context, state, theme);
  }
  context.restore();
}

function sizeText(
  box: readonly [number, number, number, number],
  image: { width: number; height: number },
): string {
  return `${Math.round((box[2] - box[0]) * image.width)} × ${Math.round((box[3] - box[1]) * image.height)}`;
}

function drawSelection(context: Konva.Context, state: EditorState, theme: CanvasTheme): void {
  const { document, selection, viewport, gesture } = state;
  const boxes = movableBoxes(document, selection);
  const frame = bounds(boxes.map(({ box }) => box));
  if (frame === null || state.editing !== null) {
    return;
  }
  const rect = toScreenRect(frame, viewport, document);
  if (boxes.length > 1) {
    stroke(context, rect, theme.accent, 1, [4, 4]);
  }
  if (gesture === 'resize') {
    drawSize(context, rect, sizeText(frame, document), theme);
  }
  // Handles are there where they can be dragged.
  if (gesture === 'move' || state.tool === 'draw') {
    return;
  }
  context.setLineDash([]);
  context.lineWidth = 1.5;
  for (const handle of handles) {
    const sign = handleSign(handle);
    // A side that is too short for three handles shows its corners only.
    if ((sign.x === 0 && rect.width < 48) || (sign.y === 0 && rect.height < 48)) {
      continue;
    }
    const x = rect.x + ((sign.x + 1) / 2) * rect.width - HANDLE / 2;
    const y = rect.y + ((sign.y + 1) / 2) * rect.height - HANDLE / 2;
    context.fillStyle = '#ffffff';
    context.strokeStyle = theme.accent;
    context.beginPath();
    context.rect(x, y, HANDLE, HANDLE);
    context.fill();
    context.stroke();
  }
}

function drawGuides(context: Konva.Context, state: EditorState, theme: CanvasTheme): void {
  const { document, viewport, guides } = state;
  context.setLineDash([]);
  context.lineWidth = 1;
  context.strokeStyle = theme.accent;
  for (const { axis, at, from, to } of guides) {
    const rect =
      axis === 'x'
        ? toScreenRect([at, from, at, to], viewport, document)
        : toScreenRect([from, at, to, at], viewport, document);
    context.beginPath();
    if (axis === 'x') {
      context.moveTo(rect.x + 0.5, rect.y);
      context.lineTo(rect.x + 0.5, rect.y + rect.height);
    } else {
      context.moveTo(rect.x, rect.y + 0.5);
      context.lineTo(rect.x + rect.width, rect.y + 0.5);
    }
    context.stroke();
  }
}

/** A dotted line between the middles of two bound boxes while one of them is selected. */
function drawBonds(context: Konva.Context, state: EditorState, theme: CanvasTheme): void {
  const { document, selection, viewport } = state;
  context.lineWidth = 2;
  context.strokeStyle = theme.accent;
  context.setLineDash([2, 4]);
  for (const pair of document.bind) {
    if (!pair.some((id) => selection.includes(id))) {
      continue;
    }
    const ends = pair.map((id) => document.boxes.find((box) => box.id === id && !box.hidden));
    const [a, b] = ends.map((end) => end && toScreenRect(end.box, viewport, document));
    if (a && b) {
      context.beginPath();
      context.moveTo(a.x + a.width / 2, a.y + a.height / 2);
      context.lineTo(b.x + b.width / 2, b.y + b.height / 2);
      context.stroke();
    }
  }
}

function drawSize(context: Konva.Context, rect: ScreenRect, text: string, theme: CanvasTheme): void {
  context.font = LABEL_FONT;
  const width = context.measureText(text).width + 2 * LABEL_PADDING;
  const x = rect.x + rect.width - width;
  const y = rect.y + rect.height + 6;
  context.fillStyle = theme.chip;
  context.fillRect(x, y, width, LABEL_HEIGHT);
  context.fillStyle = theme.text;
  context.textBaseline = 'middle';
  context.fillText(text, x + LABEL_PADDING, y + LABEL_HEIGHT / 2 + 0.5);
}

function stroke(
  context: Konva.Context,
  rect: ScreenRect,
  colour: string,
  width: number,
  dash: number[],
): void {
  context.setLineDash(dash);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.strokeRect(rect.x, rect.y, rect.width, rect.height);
}
