import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isInstalled, type Part, partDirectory } from './part.ts';

const HEARTBEAT_MS = 2_000;
const DEAD_AFTER_MS = 20_000;

/**
 * Puts a part into the cache, unless it is there: it is built in a folder next to its place and then moved, so that nobody sees a
 * half-made part. If another run is building the same part, this waits for it.
 *
 * @param say - Gets one line when the part is started, waited for or ready.
 * @throws Error with the part's name and what its build wrote.
 */
export async function install(part: Part, say: (line: string) => void): Promise<void> {
  if (isInstalled(part)) return;
  const place = partDirectory(part);
  await mkdir(dirname(place), { recursive: true });
  const release = await lock(`${place}.lock`, () => say(`${part.name}: another run is installing it, waiting`));
  try {
    if (isInstalled(part)) return;
    say(`${part.name}: installing`);
    const started = performance.now();
    await removeRemains(place);
    const workshop = await mkdtemp(`${place}.making-`);
    const made = join(workshop, 'made');
    await mkdir(made);
    await part.build({ directory: made, workshop });
    if (!existsSync(join(made, part.proof))) throw new Error(`The build did not make ${part.proof}.`);
    await rename(made, place);
    await rm(workshop, { recursive: true });
    say(`${part.name}: ready after ${Math.round((performance.now() - started) / 1000)} s`);
  } catch (cause) {
    throw new Error(`${part.name} could not be installed: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  } finally {
    await release();
  }
}

/** Also removes a part that no longer works, such as a virtual environment whose Python is gone. */
async function removeRemains(place: string): Promise<void> {
  const names = await readdir(dirname(place));
  const remains = names.filter((name) => name === basename(place) || name.startsWith(`${basename(place)}.making-`));
  await Promise.all(remains.map((name) => rm(join(dirname(place), name), { recursive: true, force: true })));
}

/**
 * A lock file whose holder keeps its time fresh. A process id would not work: the cache may be shared by containers, each with its
 * own process ids.
 */
async function lock(path: string, waiting: () => void): Promise<() => Promise<void>> {
  let announced = false;
  while (!(await created(path))) {
    const age = await stat(path).then(
      (file) => Date.now() - file.mtimeMs,
      () => 0,
    );
    if (age > DEAD_AFTER_MS) await rm(path, { force: true });
    else {
      if (!announced) waiting();
      announced = true;
      await pause(500);
    }
  }
  const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => {}), HEARTBEAT_MS);
  return async () => {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  };
}

const created = (path: string) =>
  writeFile(path, '', { flag: 'wx' }).then(
    () => true,
    (failure: NodeJS.ErrnoException) => {
      if (failure.code === 'EEXIST') return false;
      throw failure;
    },
  );
