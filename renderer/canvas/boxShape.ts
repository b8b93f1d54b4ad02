import Konva from 'konva';
import type { ScreenRect } from './screenRect.ts';
import { fitText, LABEL_FONT, LABEL_HEIGHT, LABEL_PADDING, measureLabel } from './label.ts';
import { colourOfBox, textOnBox } from '../../preload/contract/palette.ts';

/** Everything a box's look depends on; two equal looks draw the same pixels. */
export interface BoxLook {
  readonly rect: ScreenRect;
  readonly colour: number;
  readonly phrase: string;
  readonly selected: boolean;
  readonly hovered: boolean;
  readonly locked: boolean;
  /** Strength of the tint inside, 0..1: none over a finished picture. */
  readonly fill: number;
  /** The frame is as thin as can be seen: a finished picture lies below. */
  readonly thin: boolean;
  /** Another box is in the light. */
  readonly dimmed: boolean;
  readonly halo: string;
}

export function sameLook(a: BoxLook, b: BoxLook): boolean {
  return (
    a.rect.x === b.rect.x &&
    a.rect.y === b.rect.y &&
    a.rect.width === b.rect.width &&
    a.rect.height === b.rect.height &&
    a.colour === b.colour &&
    a.phrase === b.phrase &&
    a.selected === b.selected &&
    a.hovered === b.hovered &&
    a.locked === b.locked &&
    a.fill === b.fill &&
    a.thin === b.thin &&
    a.dimmed === b.dimmed &&
    a.halo === b.halo
  );
}

/** One box as one shape: tint, outline with a halo, label. Konva is told, never asked. */
export class BoxShape {
  readonly shape: Konva.Shape;
  #look: BoxLook;

  constructor(look: BoxLook) {
    this.#look = look;
    this.shape = new Konva.Shape({
      listening: false,
      perfectDrawEnabled: false,
      sceneFunc: (context) => draw(context, this.#look),
    });
  }

  get look(): BoxLook {
    return this.#look;
  }

  /** Returns whether the layer must be drawn again. */
  set(look: BoxLook): boolean {
    if (sameLook(this.#look, look)) {
      return false;
    }
    this.#look = look;
    return true;
  }
}

function draw(context: Konva.Context, look: BoxLook): void {
  const { x, y, width, height } = look.rect;
  context.save();
  context.globalAlpha = look.dimmed ? 0.35 : 1;
  if (look.fill > 0) {
    context.fillStyle = colourOfBox(look.colour, look.fill);
    context.fillRect(x, y, width, height);
  }
  const line = look.selected || look.hovered ? 2.5 : look.thin ? 1 : 1.5;
  context.setLineDash(look.locked ? [5, 4] : []);
  context.lineWidth = line + (look.thin ? 1 : 1.5);
  context.strokeStyle = look.halo;
  context.strokeRect(x, y, width, height);
  context.lineWidth = line;
  context.strokeStyle = colourOfBox(look.colour);
  context.strokeRect(x, y, width, height);
  drawLabel(context, look);
  context.restore();
}

function drawLabel(context: Konva.Context, look: BoxLook): void {
  const { x, y, width, height } = look.rect;
  const lock = look.locked ? 12 : 0;
  context.font = LABEL_FONT;
  const measure = (text: string): number => measureLabel(context, text);
  const text = fitText(look.phrase === '' ? '?' : look.phrase, width - 2 * LABEL_PADDING - lock, measure);
  if (text === null) {
    return;
  }
  // A flat box wears its label outside, above itself.
  const top = height < LABEL_HEIGHT + 6 ? y - LABEL_HEIGHT : y;
  const chip = Math.min(width, measure(text) + 2 * LABEL_PADDING + lock);
  context.setLineDash([]);
  context.fillStyle = colourOfBox(look.colour);
  context.fillRect(x, top, chip, LABEL_HEIGHT);
  context.fillStyle = textOnBox(look.colour);
  context.textBaseline = 'middle';
  if (look.locked) {
    drawLock(context, x + LABEL_PADDING, top + LABEL_HEIGHT / 2, textOnBox(look.colour));
  }
  context.fillText(text, x + LABEL_PADDING + lock, top + LABEL_HEIGHT / 2 + 0.5);
}

function drawLock(context: Konva.Context, x: number, y: number, colour: string): void {
  context.fillRect(x, y - 1, 8, 6);
  context.beginPath();
  context.lineWidth = 1.5;
  context.strokeStyle = colour;
  context.arc(x + 4, y - 1.5, 2.5, Math.PI, 0, false);
  context.stroke();
}
