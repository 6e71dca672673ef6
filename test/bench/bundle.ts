import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { parseDocument } from 'yaml';
import type { Entry } from '../kit/zip.ts';

const PROJECT = join(import.meta.dirname, '..', '..');

/** A new folder that is deleted when this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waxseal-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Lays out the files of a package as Lambda does. Returns the folder. */
export function unpack(entries: readonly Entry[]): string {
  const folder = temporaryFolder();
  for (const { name, content } of entries) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/**
 * Bundles one of the bench's functions with the settings that serverless.yml packages the broker with.
 * @param over settings that replace them
 */
export async function bundle(name: string, over: BuildOptions = {}): Promise<Entry> {
  const text = readFileSync(join(PROJECT, 'serverless.yml'), 'utf8');
  const service = parseDocument(text, { logLevel: 'silent' }).toJS() as {
    custom: { esbuild: Record<string, unknown> };
  };
  const { outputFileExtension: _, ...settings } = service.custom.esbuild;
  const entryPoints = [join(import.meta.dirname, `${name}.ts`)];
  const made = await build({
    ...(settings as BuildOptions),
    ...over,
    absWorkingDir: PROJECT,
    entryPoints,
    write: false,
  });
  return { name: `${name}.mjs`, content: Buffer.from(made.outputFiles![0]!.contents) };
}
