/**
 * Addresses of the studio's files, relative to the page: `app://studio` in Electron, the loopback address in web mode.
 * main/studio/files.ts answers them.
 */
export const FILES_PREFIX = '/files/';
export const DOWNLOADS_PREFIX = '/downloads/';

/** A file of a result: `image.png`, `thumbnail.png`, `trace.json`, `masks/01-dog.png`. */
export function resultHref(project: string, result: string, file: string): string {
  return `${FILES_PREFIX}${project}/results/${result}/${encodePath(file)}`;
}

/** A backdrop, as `document.backdrop.file` names it: `backdrops/<name>`. */
export function backdropHref(project: string, file: string): string {
  return `${FILES_PREFIX}${project}/${encodePath(file)}`;
}

/** A source picture, as `document.settings.source.image` names it. */
export function sourceHref(project: string, image: string): string {
  return `${FILES_PREFIX}${project}/sources/${image}.png`;
}

export function downloadHref(id: string, name: string): string {
  return `${DOWNLOADS_PREFIX}${id}/${encodePath(name)}`;
}

function encodePath(path: string): string {
  // What encodeURIComponent leaves alone (!'()*) is encoded too: addresses hold nothing but A-Z a-z 0-9 . _ ~ - and %.
  return path
    .split('/')
    .map((part) =>
      encodeURIComponent(part).replaceAll(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}
