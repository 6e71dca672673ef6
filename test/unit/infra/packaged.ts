import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Entry, readZip } from './zip.ts';

const PROJECT = join(import.meta.dirname, '..', '..', '..');

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly [attribute: string]: unknown;
}

/** The sections of a template that the tests look at. */
export interface Template {
  readonly Parameters: Record<
    string,
    { Type: string; Description?: string; Default?: unknown; [rule: string]: unknown }
  >;
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { Description?: string; Value: unknown }>;
}

/** What one run of `osls package` made. */
export interface Packaged {
  readonly directory: string;
  /** The template that `osls deploy` sends. */
  readonly oslsTemplate: string;
  /** The template for CloudFormation itself. */
  readonly plainTemplate: string;
  readonly template: Template;
  readonly zips: Readonly<Record<'broker' | 'brokerKey', { bytes: Buffer; entries: Entry[] }>>;
}

/**
 * Packages a copy of the project in a folder of its own, so that runs side by side and the project's own `.serverless` do not
 * meet. Without credentials, and with a registry and proxies that lead nowhere: it must not need a network.
 * @param environment what differs from run to run, such as the time zone
 */
export async function packageStack(environment: Record<string, string> = {}): Promise<Packaged> {
  const copy = mkdtempSync(join(tmpdir(), 'waxseal-package-'));
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  for (const name of ['functions', 'infra', 'lib', 'package.json', 'serverless.yml', 'tsconfig.json'])
    cpSync(join(PROJECT, name), join(copy, name), { recursive: true });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  const nowhere = 'http://127.0.0.1:9';
  const env = { PATH: process.env.PATH, HOME: copy, HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, ...environment };
  const osls = join(PROJECT, 'node_modules', 'osls', 'bin', 'serverless.js');
  await promisify(execFile)(process.execPath, [osls, 'package'], { cwd: copy, env });

  const directory = join(copy, '.serverless');
  const zip = (name: string) => {
    const bytes = readFileSync(join(directory, `${name}.zip`));
    return { bytes, entries: readZip(bytes) };
  };
  const oslsTemplate = join(directory, 'cloudformation-template-update-stack.json');
  return {
    directory,
    oslsTemplate,
    plainTemplate: join(directory, 'waxseal.json'),
    template: JSON.parse(readFileSync(oslsTemplate, 'utf8')),
    zips: { broker: zip('broker'), brokerKey: zip('brokerKey') },
  };
}
