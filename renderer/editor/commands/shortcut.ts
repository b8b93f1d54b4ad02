import type { Modifiers } from '../input.ts';

/** A key event without the DOM. `mod` is Ctrl, on a Mac Command. */
export interface KeyInput extends Modifiers {
  /** KeyboardEvent.key */
  readonly key: string;
  /** KeyboardEvent.code */
  readonly code: string;
  readonly repeat: boolean;
}

/** A shortcut taken apart; `key` is a lower-case letter, a digit, a sign or a key's name. */
export interface Shortcut extends Modifiers {
  readonly key: string;
}

const NAMED = new Set(
  (
    'Enter Escape Delete Backspace Tab Space ArrowLeft ArrowRight ArrowUp ArrowDown Home End PageUp PageDown ' +
    'F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12'
  ).split(' '),
);

/** Signs that most layouts type with Shift: Shift is part of the sign there. */
const SHIFTED = new Set(['?', '+', '!', '"', '*', ':', '_', '<', '>']);

/** Where the keys of other scripts (Hangul, Cyrillic) stand on the keyboard. */
const CODES: Readonly<Record<string, string>> = {
  BracketLeft: '[',
  BracketRight: ']',
  Comma: ',',
  Period: '.',
  Slash: '/',
  Minus: '-',
  Equal: '=',
};

/** @throws Error for a shortcut that is not written as Mod+Shift+Alt+key */
export function parseShortcut(text: string): Shortcut {
  const parts = text.endsWith('++')
    ? [...text.slice(0, -2).split('+'), '+']
    : text === '+'
      ? ['+']
      : text.split('+');
  const key = parts.pop() ?? '';
  for (const part of parts) {
    if (!['Mod', 'Shift', 'Alt'].includes(part)) {
      throw new Error(`Shortcut "${text}": "${part}" is not Mod, Shift or Alt.`);
    }
  }
  if (!NAMED.has(key) && [...key].length !== 1) {
    throw new Error(`Shortcut "${text}": "${key}" is not a key.`);
  }
  return {
    mod: parts.includes('Mod'),
    shift: parts.includes('Shift'),
    alt: parts.includes('Alt'),
    key: NAMED.has(key) ? key : key.toLowerCase(),
  };
}

/** One text per combination of keys, for comparing. */
export function canonical(shortcut: Shortcut): string {
  const shift = shortcut.shift && !SHIFTED.has(shortcut.key);
  return `${shortcut.mod ? 'Mod+' : ''}${shift ? 'Shift+' : ''}${shortcut.alt ? 'Alt+' : ''}${shortcut.key}`;
}

/**
 * The combinations that a key event may mean, the most literal first: what the key types, then what stands
 * there on a Latin keyboard (a Hangul layout types ㅋ for Ctrl+Z, a Mac å for Alt+A).
 */
export function combinations(input: KeyInput): string[] {
  const { mod, shift, alt } = input;
  const keys: string[] = [];
  if (input.key === ' ' || input.code === 'Space') {
    keys.push('Space');
  } else if (NAMED.has(input.key)) {
    keys.push(input.key);
  } else if (/^[\x21-\x7e]$/.test(input.key)) {
    keys.push(input.key.toLowerCase());
  }
  const place = /^(?:Key|Digit)([A-Z0-9])$/.exec(input.code)?.[1]?.toLowerCase() ?? CODES[input.code];
  const typed = keys[0];
  // A Latin letter is what it says, wherever it stands (AZERTY); only signs and other scripts look at the place.
  if (place !== undefined && !(typed !== undefined && /^[a-z]$/.test(typed))) {
    keys.push(place);
  }
  return [...new Set(keys.map((key) => canonical({ mod, shift, alt, key })))];
}

/** How a shortcut is written for people: "Ctrl+Shift+Z", on a Mac "⇧⌘Z". */
export function displayShortcut(text: string, mac: boolean): string {
  const { mod, shift, alt, key } = parseShortcut(text);
  const names: Readonly<Record<string, string>> = {
    ArrowLeft: '←',
    ArrowRight: '→',
    ArrowUp: '↑',
    ArrowDown: '↓',
    Escape: 'Esc',
    Delete: mac ? '⌦' : 'Del',
    Backspace: mac ? '⌫' : 'Backspace',
    Enter: mac ? '↩' : 'Enter',
  };
  const shown = names[key] ?? (key.length === 1 ? key.toUpperCase() : key);
  if (mac) {
    return `${alt ? '⌥' : ''}${shift ? '⇧' : ''}${mod ? '⌘' : ''}${shown}`;
  }
  return `${mod ? 'Ctrl+' : ''}${alt ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${shown}`;
}
