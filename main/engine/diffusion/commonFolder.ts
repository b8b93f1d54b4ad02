/**
 * The deepest folder that holds all files, ending in a slash. ONNX Runtime wants every external weights file
 * below one folder, written relative to it with forward slashes.
 */
export function commonFolder(files: readonly string[]): string {
  const [first, ...rest] = files.map((file) => file.replaceAll('\\', '/').split('/').slice(0, -1));
  if (!first) throw new Error('a model has no weights files');
  let depth = first.length;
  for (const folders of rest) {
    let same = 0;
    while (same < depth && first[same] === folders[same]) same++;
    depth = same;
  }
  return `${first.slice(0, depth).join('/')}/`;
}
