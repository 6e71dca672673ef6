import type { Command } from 'commander';
import { isName } from '../wire/names.ts';
import { isReference, parseReference, type SecretReference } from '../wire/reference.ts';
import { parseVersion } from '../wire/version.ts';
import { usageError } from './report.ts';

/** The options that say which part of a secret is meant. */
export interface PartOptions {
  readonly field?: string;
  readonly secretVersion?: string;
}

/** Adds `--field` and `--secret-version` to a command. */
export function withPart(command: Command): Command {
  return command
    .option('--field <field>', 'one member of a secret that is a JSON object')
    .option('--secret-version <version>', 'current, previous, a revision number, or a store’s own id');
}

/**
 * The secret that a name or reference and the options mean together.
 * @throws CommanderError where they contradict each other or it is no name; WaxsealError where it is a malformed reference
 */
export function askedSecret(text: string, options: PartOptions): SecretReference {
  if (!isReference(text) && !isName(text)) {
    throw usageError(
      'That is no name of a secret.',
      'Names are letters, digits and . _ - : @ in segments joined by /.',
    );
  }
  const reference = isReference(text) ? parseReference(text) : { secret: text };
  const version = options.secretVersion === undefined ? undefined : parseVersion(options.secretVersion);
  return {
    secret: reference.secret,
    ...once('field', reference.field, options.field),
    ...once('version', reference.version, version),
  };
}

function once<N extends 'field' | 'version', T>(name: N, inReference: T | undefined, option: T | undefined) {
  if (inReference !== undefined && option !== undefined) {
    throw usageError(`The reference says the ${name} already.`, 'Leave the option out.');
  }
  const value = inReference ?? option;
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: T };
}
