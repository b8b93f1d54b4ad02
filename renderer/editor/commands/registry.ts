import { commandGroups } from './command.ts';
import type { Command } from './command.ts';
import { canonical, combinations, parseShortcut } from './shortcut.ts';
import type { KeyInput } from './shortcut.ts';

/**
 * Every command of the program. Open: each part registers its own (run, export, open...), and a shortcut
 * that is taken already is refused at once, not found out by a user.
 */
export class CommandRegistry {
  readonly #commands = new Map<string, Command>();
  readonly #keys = new Map<string, Command>();
  readonly #listeners = new Set<() => void>();
  #all: readonly Command[] = [];

  /**
   * @returns a function that takes the command back
   * @throws Error when the id or a shortcut is taken, or a shortcut cannot be read
   */
  register(command: Command): () => void {
    if (this.#commands.has(command.id)) {
      throw new Error(`Command "${command.id}" is registered twice.`);
    }
    const keys = command.shortcuts.map((text) => canonical(parseShortcut(text)));
    keys.forEach((key, index) => {
      const other = this.#keys.get(key);
      if (other !== undefined || keys.indexOf(key) !== index) {
        throw new Error(
          `Command "${command.id}": the shortcut ${key} belongs to "${other?.id ?? command.id}" already.`,
        );
      }
    });
    this.#commands.set(command.id, command);
    for (const key of keys) {
      this.#keys.set(key, command);
    }
    this.#changed();
    return () => {
      if (this.#commands.get(command.id) === command) {
        this.#commands.delete(command.id);
        for (const key of keys) {
          this.#keys.delete(key);
        }
        this.#changed();
      }
    };
  }

  registerAll(commands: readonly Command[]): () => void {
    const undo = commands.map((command) => this.register(command));
    return () => {
      for (const unregister of undo) {
        unregister();
      }
    };
  }

  /** All commands by group, in the order they were registered; the same array until something changes. */
  readonly all = (): readonly Command[] => this.#all;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  byId(id: string): Command | undefined {
    return this.#commands.get(id);
  }

  /** The command that a key event means, whatever its scope. */
  find(input: KeyInput): Command | undefined {
    for (const key of combinations(input)) {
      const command = this.#keys.get(key);
      if (command !== undefined) {
        return command;
      }
    }
    return undefined;
  }

  #changed(): void {
    const order = (command: Command): number => commandGroups.indexOf(command.group);
    this.#all = [...this.#commands.values()].sort((a, b) => order(a) - order(b));
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}
