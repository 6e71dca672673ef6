import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

const SETTLE_MS = 60;

/**
 * Calls back after any of the files was changed. Folders are watched, not files: editors replace a file by renaming another
 * one over it, which a watch on the file itself would lose.
 * @returns ends the watch
 */
export function watchFiles(files: readonly string[], changed: () => void): () => void {
  const byFolder = Map.groupBy(
    files.map((file) => resolve(file)),
    (file) => dirname(file),
  );
  let timer: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];
  for (const [folder, members] of byFolder) {
    const names = new Set(members.map((file) => basename(file)));
    const watcher = watch(folder, (_, name) => {
      if (name !== null && !names.has(name)) return;
      clearTimeout(timer);
      timer = setTimeout(changed, SETTLE_MS);
    });
    watcher.on('error', () => {});
    watchers.push(watcher);
  }
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
