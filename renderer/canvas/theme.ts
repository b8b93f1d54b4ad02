/** Colours of the canvas that are not a box's. */
export interface CanvasTheme {
  /** Around the image. */
  readonly surround: string;
  /** The image while it is empty. */
  readonly paper: string;
  readonly paperLine: string;
  /** Selection frame, guides and marquee. */
  readonly accent: string;
  /** Under coloured lines, so that they are seen on any picture. */
  readonly halo: string;
  readonly text: string;
  readonly chip: string;
}

/**
 * Reads the theme from the element's CSS custom properties (canvas.css has defaults for dark and light;
 * the studio's own style sheet may set them).
 */
export function readTheme(element: Element): CanvasTheme {
  const style = getComputedStyle(element);
  const read = (name: string, otherwise: string): string => style.getPropertyValue(name).trim() || otherwise;
  return {
    surround: read('--canvas-surround', '#1b1c1f'),
    paper: read('--canvas-paper', '#2a2c31'),
    paperLine: read('--canvas-paper-line', '#383b41'),
    accent: read('--canvas-accent', '#4d9fff'),
    halo: read('--canvas-halo', 'rgb(0 0 0 / 0.55)'),
    text: read('--canvas-text', '#e8e8ea'),
    chip: read('--canvas-chip', 'rgb(24 25 28 / 0.85)'),
  };
}

/** Calls back when the system or the page changes between dark and light. */
export function watchTheme(changed: () => void): () => void {
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', changed);
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
  return () => {
    scheme.removeEventListener('change', changed);
    observer.disconnect();
  };
}
