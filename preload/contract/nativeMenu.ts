import { z } from 'zod';

/** The page's menus as the system's menu bar shows them, in the language of the page. */
export const nativeMenuSchema = z
  .array(
    z.strictObject({
      /** The group of commands: file, edit, ... */
      id: z.string().max(40),
      label: z.string().max(60),
      items: z
        .array(
          z.strictObject({
            /** A command of the page, or what the window system does: system.newWindow, system.fullScreen, system.quit. */
            id: z.string().max(100),
            label: z.string().max(200),
            /** As the page writes it: Mod+Shift+S; empty when there is none. */
            shortcut: z.string().max(40),
            enabled: z.boolean(),
            /** Null for what is not a switch. */
            checked: z.boolean().nullable(),
            /** A line above it. */
            separated: z.boolean(),
          }),
        )
        .max(120),
    }),
  )
  .max(12);
export type NativeMenu = z.infer<typeof nativeMenuSchema>;
export type NativeMenuItem = NativeMenu[number]['items'][number];
