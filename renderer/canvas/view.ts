import Konva from 'konva';
import type { Editor } from '../editor/editor.ts';
import type { EditorState } from '../editor/state.ts';
import { BoxShape } from './boxShape.ts';
import type { BoxLook } from './boxShape.ts';
import { Chrome } from './chrome.ts';
import { decode, OverlayPictures } from './overlay.ts';
import type { CanvasOverlay, Composed } from './overlay.ts';
import { Picture } from './picture.ts';
import type { Stretched } from './picture.ts';
import { toScreenRect } from './screenRect.ts';
import { readTheme, watchTheme } from './theme.ts';
import type { CanvasTheme } from './theme.ts';

/** The backdrop as the page can load it; the document only knows a file of the project. */
export interface CanvasBackdrop {
  readonly href: string;
  readonly opacity: number;
}

/**
 * Shows the editor's state with Konva, one animation frame after it changed. Data only flows to Konva
 * (InvokeAI's rule). Four layers, of which a drag redraws the upper two: picture, boxes at rest, boxes in
 * motion, chrome.
 */
export class CanvasView {
  readonly #editor: Editor;
  readonly #container: HTMLElement;
  readonly #stage: Konva.Stage;
  readonly #layers = {
    picture: new Konva.Layer({ listening: false }),
    rest: new Konva.Layer({ listening: false }),
    motion: new Konva.Layer({ listening: false }),
    chrome: new Konva.Layer({ listening: false }),
  };
  readonly #boxes = new Map<string, BoxShape>();
  readonly #pictures: OverlayPictures;
  readonly #picture: Picture;
  readonly #chrome: Chrome;
  readonly #stop: (() => void)[] = [];
  #theme: CanvasTheme;
  #overlay: CanvasOverlay | null = null;
  #backdrop: CanvasBackdrop | null = null;
  #backdropImage: HTMLImageElement | null = null;
  #drawn: EditorState | null = null;
  #moving: ReadonlySet<string> = new Set();
  #order = '';
  #frame = 0;
  #pictureStale = true;
  #made: Composed | null = null;
  #boxesStale = true;

  /**
   * @param container the element whose cursor follows the editor and whose styles hold the theme
   * @param stage an empty element inside it, for Konva alone
   */
  constructor(editor: Editor, container: HTMLElement, stage: HTMLDivElement) {
    this.#editor = editor;
    this.#container = container;
    this.#theme = readTheme(container);
    // Konva redraws only what this class asks for: it never has to find out by itself.
    Konva.autoDrawEnabled = false;
    this.#stage = new Konva.Stage({ container: stage, width: 1, height: 1, listening: false });
    this.#picture = new Picture(this.#theme);
    this.#chrome = new Chrome(this.#theme);
    this.#pictures = new OverlayPictures(() => this.#touch({ picture: true }));
    const { picture, rest, motion, chrome } = this.#layers;
    this.#stage.add(picture, rest, motion, chrome);
    picture.add(this.#picture.shape);
    chrome.add(this.#chrome.shape);
    this.#stop.push(
      editor.subscribe(() => this.#touch({})),
      watchTheme(() => {
        this.#theme = readTheme(container);
        this.#drawn = null;
        this.#touch({ picture: true, boxes: true });
      }),
    );
    this.#touch({});
  }

  setOverlay(overlay: CanvasOverlay | null): void {
    this.#overlay = overlay;
    this.#touch({ picture: true, boxes: true });
  }

  setBackdrop(backdrop: CanvasBackdrop | null): void {
    const href = backdrop?.href ?? null;
    const before = this.#backdrop?.href ?? null;
    this.#backdrop = backdrop;
    this.#touch({ picture: true });
    if (href === before) {
      return;
    }
    this.#backdropImage = null;
    if (href !== null) {
      void decode(href).then((image) => {
        if (this.#backdrop?.href === href) {
          this.#backdropImage = image;
          this.#touch({ picture: true });
        }
      });
    }
  }

  /** The box whose mask is shown at a place given in shares of the image. */
  maskAt(x: number, y: number): string | null {
    const overlay = this.#overlay;
    const alone = overlay?.show === 'image' && overlay.boxes === false;
    return overlay === null || alone ? null : this.#pictures.boxAt(x, y);
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stop) {
      stop();
    }
    this.#stage.destroy();
  }

  #touch(stale: { picture?: boolean; boxes?: boolean }): void {
    this.#pictureStale ||= stale.picture ?? false;
    this.#boxesStale ||= stale.boxes ?? false;
    if (this.#frame === 0) {
      this.#frame = requestAnimationFrame(() => {
        this.#frame = 0;
        this.#sync(this.#editor.getSnapshot());
      });
    }
  }

  #sync(state: EditorState): void {
    const before = this.#drawn;
    if (before === state && !this.#pictureStale && !this.#boxesStale) {
      return;
    }
    this.#drawn = state;
    const resized = before?.canvas !== state.canvas;
    if (resized) {
      this.#stage.size({
        width: Math.max(1, Math.round(state.canvas.width)),
        height: Math.max(1, Math.round(state.canvas.height)),
      });
    }
    if (before?.cursor !== state.cursor) {
      this.#container.style.cursor = state.cursor;
    }
    const sameView =
      !resized &&
      before?.viewport === state.viewport &&
      before.document.width === state.document.width &&
      before.document.height === state.document.height;
    if (!sameView || this.#pictureStale || before?.document.boxes !== state.document.boxes) {
      this.#drawPicture(state, sameView);
    }
    this.#drawBoxes(state, resized);
    this.#boxesStale = false;
    this.#chrome.set(state, this.#theme);
    this.#layers.chrome.draw();
  }

  #drawPicture(state: EditorState, sameView: boolean): void {
    const { document } = state;
    // Decoding starts only when an address or a colour is new.
    this.#pictures.set(this.#overlay, new Map(document.boxes.map(({ id, colour }) => [id, colour])));
    if (sameView && !this.#pictureStale) {
      return;
    }
    const stack: Stretched[] = [];
    if (this.#backdropImage && this.#backdrop) {
      stack.push({ source: this.#backdropImage, opacity: this.#backdrop.opacity });
    }
    const { source, outlines, chequered } = this.#composed();
    if (source !== null) {
      stack.push({ source, opacity: this.#overlay?.imageOpacity ?? 1 });
    }
    this.#picture.set(state.viewport, document, this.#theme, { stack, outlines, chequered });
    this.#layers.picture.draw();
    this.#pictureStale = false;
  }

  /** Composing is work on every pixel: once per change of the overlay, not per frame of a pan. */
  #composed(): Composed {
    if (this.#pictureStale || this.#made === null) {
      this.#made = this.#pictures.compose();
    }
    return this.#made;
  }

  #drawBoxes(state: EditorState, resized: boolean): void {
    const { document, gesture } = state;
    const dragged = gesture === 'move' || gesture === 'resize';
    const moving = new Set(dragged ? state.selection : []);
    let restStale = this.#boxesStale || resized;
    let motionStale = restStale;
    const visible = this.#overlay?.boxes === false ? [] : document.boxes.filter(({ hidden }) => !hidden);
    const lit = this.#overlay?.highlight ?? null;
    const over = this.#overlay !== null && this.#overlay.image !== null;
    for (const box of visible) {
      const selected = state.selection.includes(box.id);
      const look: BoxLook = {
        rect: toScreenRect(box.box, state.viewport, document),
        colour: box.colour,
        phrase: box.phrase,
        selected,
        hovered: state.hover === box.id || lit === box.id,
        locked: box.locked,
        fill: over || this.#overlay?.masks.length ? 0 : selected ? 0.22 : 0.1,
        thin: over,
        dimmed: lit !== null && lit !== box.id,
        halo: this.#theme.halo,
      };
      const known = this.#boxes.get(box.id);
      const inMotion = moving.has(box.id);
      if (known === undefined) {
        const shape = new BoxShape(look);
        this.#boxes.set(box.id, shape);
        (inMotion ? this.#layers.motion : this.#layers.rest).add(shape.shape);
      } else {
        const changed = known.set(look);
        if (inMotion !== this.#moving.has(box.id)) {
          known.shape.moveTo(inMotion ? this.#layers.motion : this.#layers.rest);
          this.#order = '';
        } else if (changed) {
          motionStale ||= inMotion;
          restStale ||= !inMotion;
        }
      }
    }
    const order = `${visible.map(({ id }) => id).join('\n')}|${[...moving].join('\n')}`;
    if (order !== this.#order) {
      this.#order = order;
      this.#reorder(visible.map(({ id }) => id));
      restStale = true;
      motionStale = true;
    }
    this.#moving = moving;
    if (restStale) {
      this.#layers.rest.draw();
    }
    if (motionStale) {
      this.#layers.motion.draw();
    }
  }

  /** Drops what is gone and puts the rest into the order of the document. */
  #reorder(ids: readonly string[]): void {
    const wanted = new Set(ids);
    for (const [id, { shape }] of this.#boxes) {
      if (!wanted.has(id)) {
        shape.destroy();
        this.#boxes.delete(id);
      }
    }
    for (const id of ids) {
      this.#boxes.get(id)?.shape.moveToTop();
    }
  }
}
