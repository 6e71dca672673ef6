import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { formatFault } from '../../catalog-file/fault.ts';
import { type EmbeddedBroker, startEmbeddedBroker } from '../../embedded/embedded-broker.ts';
import { CatalogFileError, CatalogPlanError } from '../../embedded/load-catalog.ts';
import { toRefusal, WaxsealError } from '../../wire/errors.ts';
import { withHint } from '../report.ts';
import { printedLine, type Terminal } from '../terminal.ts';
import { banner, type DevOptions, machineLine, requestLine } from './lines.ts';

/** How long a change of files must have settled before they are read, in milliseconds. */
const SETTLE_MS = 60;

/** Runs an embedded broker until SIGTERM or SIGINT, which end it with exit code 0. */
export async function runDev(options: DevOptions, terminal: Terminal): Promise<void> {
  const say = (text: string) => (options.json ? terminal.err : terminal.out)(printedLine(text));
  const rule = (id: string) => {
    const position = broker.position(id);
    return position === undefined ? id : `${options.file}:${position.line} (${id})`;
  };
  let broker: EmbeddedBroker;
  try {
    broker = await startEmbeddedBroker({ ...options, onRequest: (log) => say(requestLine(log, new Date(), rule)) });
  } catch (error) {
    sayFaults(error, options, say);
    throw withNextStep(error);
  }
  const files = [options.file, options.secrets].filter((file) => file !== undefined);
  const stopWatching = watchFiles(files, () => {
    broker.reload().then(
      () => say('Reloaded the changed files.'),
      (error: unknown) => {
        sayFaults(error, options, say);
        say(`The changed files were not loaded, and the broker keeps using the old ones: ${toRefusal(error).message}`);
      },
    );
  });
  if (options.json) terminal.out(machineLine(broker));
  for (const line of banner(broker, options, terminal)) say(line);
  await stopSignal();
  stopWatching();
  await broker.close();
}

/** All faults of the file at fault, each with its place. In the values file that is a name, as a pointer. */
function sayFaults(error: unknown, { secrets }: DevOptions, say: (text: string) => void): void {
  if (error instanceof CatalogFileError)
    for (const fault of error.faults) say(formatFault(fault, error.path ?? 'catalog.yaml'));
  else if (error instanceof CatalogPlanError) for (const fault of error.faults) say(fault);
  else if (error instanceof WaxsealError && error.setting === 'secrets' && error.pointer !== undefined) {
    const name = error.pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
    say(`${secrets}, at ${JSON.stringify(name)}:`);
  }
}

/** The broker says which of its options is taken by another program; the flags are ours. */
function withNextStep(error: unknown): unknown {
  if (!(error instanceof WaxsealError) || error.code !== 'conflict') return error;
  if (error.setting === 'port') return withHint(error, 'Choose another with --port, or --port 0 for a free one.');
  if (error.setting === 'data') return withHint(error, 'Stop it, or choose another folder with --data.');
  return error;
}

/**
 * Calls back after any of the files changed. It watches folders, not files: editors replace a file by renaming another one over
 * it, which a watch on the file itself would lose.
 * @returns ends the watch
 */
function watchFiles(files: readonly string[], changed: () => void): () => void {
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

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
