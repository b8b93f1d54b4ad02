/**
 * Three spaces, told apart by the compiler (excalidraw brands its points the same way):
 * screen pixels of the canvas element, shares of the image (0..1 inside it), and whole image pixels.
 */
declare const space: unique symbol;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** CSS pixels from the top left of the canvas element. */
export type ScreenPoint = Point & { readonly [space]: 'screen' };

/** Shares of the image: (0, 0) its top left, (1, 1) its bottom right; outside of it beyond that range. */
export type SharePoint = Point & { readonly [space]: 'share' };

/** Width and height in pixels, of the image or of the canvas element. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where the image lies on the canvas. */
export interface Viewport {
  /** Screen pixels per image pixel. */
  readonly zoom: number;
  /** Screen position of the image's top left. */
  readonly x: number;
  readonly y: number;
}

export const MIN_ZOOM = 0.05;
export const MAX_ZOOM = 64;

export function screenPoint(x: number, y: number): ScreenPoint {
  return { x, y } as ScreenPoint;
}

export function sharePoint(x: number, y: number): SharePoint {
  return { x, y } as SharePoint;
}

export function screenToShare(point: ScreenPoint, viewport: Viewport, image: Size): SharePoint {
  return sharePoint(
    (point.x - viewport.x) / (viewport.zoom * image.width),
    (point.y - viewport.y) / (viewport.zoom * image.height),
  );
}

export function shareToScreen(point: SharePoint, viewport: Viewport, image: Size): ScreenPoint {
  return screenPoint(
    viewport.x + point.x * viewport.zoom * image.width,
    viewport.y + point.y * viewport.zoom * image.height,
  );
}

export function clampZoom(zoom: number): number {
  return Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, zoom));
}

/** Zooms so that the image point under `anchor` stays under it. */
export function zoomAt(viewport: Viewport, anchor: ScreenPoint, zoom: number): Viewport {
  const next = clampZoom(zoom);
  const ratio = next / viewport.zoom;
  return {
    zoom: next,
    x: anchor.x - (anchor.x - viewport.x) * ratio,
    y: anchor.y - (anchor.y - viewport.y) * ratio,
  };
}

export function panBy(viewport: Viewport, dx: number, dy: number): Viewport {
  return { zoom: viewport.zoom, x: viewport.x + dx, y: viewport.y + dy };
}

/** The whole image in the middle of the canvas, `margin` screen pixels from its sides. */
export function fitViewport(canvas: Size, image: Size, margin: number): Viewport {
  const room = (side: number): number => Math.max(1, side - 2 * margin);
  const zoom = clampZoom(Math.min(room(canvas.width) / image.width, room(canvas.height) / image.height));
  return centred(canvas, image, zoom);
}

/** The image in the middle of the canvas at a given zoom. */
export function centred(canvas: Size, image: Size, zoom: number): Viewport {
  return {
    zoom,
    x: (canvas.width - image.width * zoom) / 2,
    y: (canvas.height - image.height * zoom) / 2,
  };
}
