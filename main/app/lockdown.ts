import type { App, Session } from 'electron';
import { isOwn } from './origin.ts';

/** What the page may ask the system for: text on the clipboard, for copy and paste between windows. */
const PERMISSIONS = new Set(['clipboard-read', 'clipboard-sanitized-write']);

/** Nothing but the page's own addresses, DevTools and data made in memory is ever loaded. */
const SCHEMES = new Set(['app:', 'devtools:', 'blob:', 'data:']);

/** Denies every page everything that the studio does not need, before the first window opens. */
export function lockDown(app: App, session: Session): void {
  app.on('web-contents-created', (_, contents) => {
    contents.on('will-navigate', (event) => {
      if (!isOwn(event.url)) event.preventDefault();
    });
    contents.on('will-frame-navigate', (event) => {
      if (!isOwn(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (!isOwn(event.url)) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
  session.setPermissionRequestHandler((contents, permission, answer) => {
    answer(PERMISSIONS.has(permission) && isOwn(contents.getURL()));
  });
  session.setPermissionCheckHandler((_, permission, origin) => PERMISSIONS.has(permission) && isOwn(origin));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    answer({ cancel: !(URL.canParse(url) && SCHEMES.has(new URL(url).protocol)) });
  });
}
