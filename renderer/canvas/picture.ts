import Konva from 'konva';
import type { Size, Viewport } from '../editor/coordinates.ts';
import type { Outline } from './overlay.ts';
import type { ScreenRect } from './screenRect.ts';
import { toScreenRect } from './screenRect.ts';
import type { CanvasTheme } from './theme.ts';

/** A picture stretched over the image, with its opacity. */
export interface Stretched {
  readonly source: CanvasImageSource;
  readonly opacity: number;
}

export interface PictureContent {
  readonly stack: readonly Stretched[];
  readonly outlines: readonly Outline[];
  readonly chequered: boolean;
}

const CHEQUER = 12;

/** The bottom layer: paper, backdrop, and what a run made. */
export class Picture {
  readonly shape: Konva.Shape;
  #rect: ScreenRect = { x: 0, y: 0, width: 1, height: 1 };
  #zoom = 1;
  #theme: CanvasTheme;
  #content: PictureContent = { stack: [], outlines: [], chequered: false };

  constructor(theme: CanvasTheme) {
    this.#theme = theme;
    this.shape = new Konva.Shape({
      listening: false,
      perfectDrawEnabled: false,
      sceneFunc: (context) => this.#draw(context),
    });
  }

  set(viewport: Viewport, image: Size, theme: CanvasTheme, content: PictureContent): void {
    this.#rect = toScreenRect([0, 0, 1, 1], viewport, image);
    this.#zoom = viewport.zoom;
    this.#theme = theme;
    this.#content = content;
  }

  #draw(context: Konva.Context): void {
    const { x, y, width, height } = this.#rect;
    context.save();
    context.fillStyle = this.#theme.paper;
    context.fillRect(x, y, width, height);
    if (this.#content.chequered) {
      this.#drawChequer(context);
    }
    // Pixels are shown as such only when they are large enough to be told apart.
    context.imageSmoothingEnabled = this.#zoom < 8;
    context.setAttr('imageSmoothingQuality', 'high');
    for (const { source, opacity } of this.#content.stack) {
      context.globalAlpha = opacity;
      context.drawImage(source, x, y, width, height);
    }
    context.globalAlpha = 1;
    this.#drawOutlines(context);
    context.lineWidth = 1;
    context.strokeStyle = this.#theme.paperLine;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
    context.restore();
  }

  #drawOutlines(context: Konva.Context): void {
    const { x, y, width, height } = this.#rect;
    // Path2D is not among the calls that Konva wraps.
    const plain = context._context;
    for (const { path, colour, thin } of this.#content.outlines) {
      const onScreen = new Path2D();
      onScreen.addPath(path, new DOMMatrix([width, 0, 0, height, x, y]));
      plain.lineJoin = 'round';
      plain.lineWidth = thin ? 2.25 : 3.5;
      plain.strokeStyle = this.#theme.halo;
      plain.stroke(onScreen);
      plain.lineWidth = thin ? 1.1 : 1.75;
      plain.strokeStyle = colour;
      plain.stroke(onScreen);
    }
  }

  #drawChequer(context: Konva.Context): void {
    const { x, y, width, height } = this.#rect;
    context.fillStyle = this.#theme.paperLine;
    for (let row = 0; row * CHEQUER < height; row += 1) {
      for (let column = row % 2; column * CHEQUER < width; column += 2) {
        context.fillRect(
          x + column * CHEQUER,
          y + row * CHEQUER,
          Math.min(CHEQUER, width - column * CHEQUER),
          Math.min(CHEQUER, height - row * CHEQUER),
        );
      }
    }
  }
}
