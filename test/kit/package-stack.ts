import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyProject } from './project-copy.ts';
import { type Entry, readZip } from './zip.ts';

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
  readonly Conditions: Record<string, object>;
  readonly Mappings: Record<string, Record<string, Record<string, readonly string[]>>>;
  readonly Rules: Record<
    string,
    { RuleCondition: object; Assertions: { Assert: object; AssertDescription: string }[] }
  >;
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, { Description?: string; Value: unknown }>;
}

/** What one run of `osls package` wrote. */
export interface Package {
  /** The template that `osls deploy` sends. */
  readonly oslsTemplate: string;
  /** The template for CloudFormation itself. */
  readonly plainTemplate: string;
  readonly template: Template;
  readonly zips: Readonly<Record<'broker' | 'brokerKey', { bytes: Buffer; entries: Entry[] }>>;
}

/**
 * Packages a copy of the project, without credentials, and with a registry and proxies that lead nowhere: packaging must not
 * need a network.
 *
 * @param environment - What differs between runs, for example the time zone.
 * @returns the folder with the package, and how to delete it. It is deleted when this process exits at the latest.
 */
export async function packageStack(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ directory: string; remove: () => void }> {
  const project = copyProject();
  const nowhere = 'http://127.0.0.1:9';
  await project.osls(['package'], { HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, ...environment });
  return { directory: join(project.directory, '.serverless'), remove: project.remove };
}

/** Reads a package from its folder. */
export function readPackage(directory: string): Package {
  const zip = (name: string) => {
    const bytes = readFileSync(join(directory, `${name}.zip`));
    return { bytes, entries: readZip(bytes) };
  };
  const oslsTemplate = join(directory, 'cloudformation-template-update-stack.json');
  return {
    oslsTemplate,
    plainTemplate: join(directory, 'waxseal.json'),
    template: JSON.parse(readFileSync(oslsTemplate, 'utf8')),
    zips: { broker: zip('broker'), brokerKey: zip('brokerKey') },
  };
}
