import fc from 'fast-check';
import type { Box } from '../../../preload/contract/layout.ts';
import type { DocumentBox } from '../../../preload/contract/project.ts';
import { sharePoint, shareToScreen } from '../../../renderer/editor/coordinates.ts';
import { emptyDocument, sizeOf } from '../../../renderer/editor/document.ts';
import type { LayoutDocument } from '../../../renderer/editor/document.ts';
import { Editor } from '../../../renderer/editor/editor.ts';
import { noModifiers } from '../../../renderer/editor/input.ts';
import type { Modifiers, PointerInput } from '../../../renderer/editor/input.ts';
import { handleKeyDown, handleKeyUp, run } from '../../../renderer/editor/commands/keyboard.ts';
import { CommandRegistry } from '../../../renderer/editor/commands/registry.ts';
import type { KeyInput } from '../../../renderer/editor/commands/shortcut.ts';
import { standardCommands } from '../../../renderer/editor/commands/standard.ts';

/** Drives the editor as a user does; positions are shares of the image. */
export class User {
  readonly editor: Editor;
  readonly commands = new CommandRegistry();
  #time = 0;

  constructor(boxes: readonly Box[] = [], patch: Partial<LayoutDocument> = {}) {
    this.editor = new Editor({ document: documentOf(boxes, patch) });
    this.editor.setSnapping(false);
    // As the studio does: where boxes are, they are moved first.
    this.editor.setTool(this.document.boxes.length === 0 ? 'draw' : 'select');
    this.commands.registerAll(standardCommands);
  }

  get document(): LayoutDocument {
    return this.editor.getSnapshot().document;
  }

  get selection(): readonly string[] {
    return this.editor.getSnapshot().selection;
  }

  box(id: string): Box {
    const found = this.document.boxes.find((box) => box.id === id);
    if (!found) {
      throw new Error(`no box ${id}`);
    }
    return found.box;
  }

  input(x: number, y: number, modifiers: Partial<Modifiers> = {}, button = 0): PointerInput {
    const { viewport, document } = this.editor.getSnapshot();
    return {
      point: shareToScreen(sharePoint(x, y), viewport, sizeOf(document)),
      button,
      time: this.#time,
      pointerType: 'mouse',
      modifiers: { ...noModifiers, ...modifiers },
    };
  }

  press(x: number, y: number, modifiers: Partial<Modifiers> = {}, button = 0): void {
    this.#time += 1000;
    this.editor.pointerDown(this.input(x, y, modifiers, button));
  }

  drag(x: number, y: number, modifiers: Partial<Modifiers> = {}): void {
    this.editor.pointerMove(this.input(x, y, modifiers));
  }

  release(x: number, y: number, modifiers: Partial<Modifiers> = {}): void {
    this.editor.pointerUp(this.input(x, y, modifiers));
  }

  /** A press, a few moves and a release. */
  dragBox(
    from: readonly [number, number],
    to: readonly [number, number],
    modifiers: Partial<Modifiers> = {},
  ): void {
    this.press(from[0], from[1], modifiers);
    for (const share of [0.25, 0.5, 0.75, 1]) {
      this.drag(from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share, modifiers);
    }
    this.release(to[0], to[1], modifiers);
  }

  click(x: number, y: number, modifiers: Partial<Modifiers> = {}): void {
    this.press(x, y, modifiers);
    this.release(x, y, modifiers);
  }

  doubleClick(x: number, y: number): void {
    this.click(x, y);
    this.#time -= 900;
    this.click(x, y);
  }

  /** A drag that begins as soon after the last click as a second click of a double click. */
  doubleDrag(from: readonly [number, number], to: readonly [number, number]): void {
    this.#time -= 900;
    this.dragBox(from, to);
  }

  key(key: string, modifiers: Partial<Modifiers> = {}, repeats = 0): void {
    for (let time = 0; time <= repeats; time += 1) {
      handleKeyDown(this.commands, this.editor, keyInput(key, modifiers, time > 0), 'canvas');
    }
    handleKeyUp(this.editor, keyInput(key, modifiers));
  }

  run(id: string): void {
    const command = this.commands.byId(id);
    if (!command) {
      throw new Error(`no command ${id}`);
    }
    run(command, this.editor);
  }
}

export function keyInput(key: string, modifiers: Partial<Modifiers> = {}, repeat = false): KeyInput {
  const code = /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : /^\d$/.test(key) ? `Digit${key}` : key;
  return { key, code, repeat, ...noModifiers, ...modifiers };
}

export function boxOf(index: number, box: Box, patch: Partial<DocumentBox> = {}): DocumentBox {
  return {
    id: `box-${index + 1}`,
    phrase: `thing ${index + 1}`,
    box,
    colour: index,
    locked: false,
    hidden: false,
    ...patch,
  };
}

/** A 512 x 512 document with boxes box-1, box-2, ... frozen all through, so that a change in place throws. */
export function documentOf(boxes: readonly Box[] = [], patch: Partial<LayoutDocument> = {}): LayoutDocument {
  const empty = emptyDocument('tiny', { width: 512, height: 512 });
  return deepFreeze({ ...empty, boxes: boxes.map((box, index) => boxOf(index, box)), ...patch });
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

/**
 * Numbers spread evenly over a range. fc.double spreads over the representations of doubles, most of which
 * lie next to zero: hardly a point of it would fall on a box.
 */
export function uniform(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min: Math.round(min * 1e6), max: Math.round(max * 1e6) }).map((value) => value / 1e6);
}
