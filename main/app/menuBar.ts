import type { MenuItemConstructorOptions } from 'electron';
import type { NativeMenu } from '../../preload/contract/nativeMenu.ts';
import { firstMenu, menuTemplate, type MenuActions } from './menu.ts';

/** The system's one menu bar: the menus of the window in front. */
export class MenuBar {
  readonly #set: (template: MenuItemConstructorOptions[]) => void;
  readonly #actions: MenuActions;
  readonly #platform: string;
  readonly #menus = new Map<string, NativeMenu>();

  constructor(
    set: (template: MenuItemConstructorOptions[]) => void,
    actions: MenuActions,
    platform: string = process.platform,
  ) {
    this.#set = set;
    this.#actions = actions;
    this.#platform = platform;
    set(firstMenu);
  }

  /** A window's menus changed. @param current the window in front */
  tell(client: string, menus: NativeMenu, current: string | undefined): void {
    this.#menus.set(client, menus);
    if (client === current) this.show(client);
  }

  /** A window came to the front. */
  show(client: string | undefined): void {
    const menus = client === undefined ? undefined : this.#menus.get(client);
    if (menus !== undefined) this.#set(menuTemplate(this.#platform, menus, this.#actions));
  }
}
