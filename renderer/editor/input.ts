import type { ScreenPoint } from './coordinates.ts';

/** Keys held during an event; `mod` is Ctrl, on a Mac Command. */
export interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly mod: boolean;
}

export const noModifiers: Modifiers = { shift: false, alt: false, mod: false };

/** A pointer event without the DOM. */
export interface PointerInput {
  readonly point: ScreenPoint;
  /** 0 main, 1 middle, 2 secondary, as in the DOM. */
  readonly button: number;
  /** Milliseconds of a monotonic clock (event.timeStamp): tells a double click. */
  readonly time: number;
  readonly pointerType: 'mouse' | 'pen' | 'touch';
  readonly modifiers: Modifiers;
}

/** A wheel event without the DOM; deltas in pixels, `mod` true for a trackpad's pinch as well. */
export interface WheelInput {
  readonly point: ScreenPoint;
  readonly dx: number;
  readonly dy: number;
  readonly modifiers: Modifiers;
}
