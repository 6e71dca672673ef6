import type { Command } from 'commander';
import { compact } from '../wire/compact.ts';
import { isName, parseVersion } from '../wire/names.ts';
import { isReference, parseReference, type SecretReference } from '../wire/reference.ts';
import { quoted, usageError } from './report.ts';

/** The options that say which part of a secret is wanted. */
export interface PartOptions {
  readonly field?: string;
  readonly secretVersion?: string;
}

/** Adds `--field` and `--secret-version` to a command. */
export function withPart(command: Command): Command {
  return command
    .option('--field <field>', 'one field of a secret that is a JSON object (default: the whole secret)')
    .option(
      '--secret-version <version>',
      'current, previous, a revision number, or a store’s version id (default: current)',
    );
}

/**
 * The secret that a name or reference and the options ask for together.
 * @throws CommanderError if the name is not valid, or the reference and an option name the same part; WaxsealError if the
 *   reference is malformed
 */
export function readWant(text: string, options: PartOptions): SecretReference {
  if (!isReference(text) && !isName(text)) {
    throw usageError(
      `Not a valid secret name: ${quoted(text)}.`,
      'A name consists of letters, digits and . _ - : @, in segments joined by /.',
    );
  }
  const reference = isReference(text) ? parseReference(text) : { secret: text };
  const version = options.secretVersion === undefined ? undefined : parseVersion(options.secretVersion);
  return compact({
    secret: reference.secret,
    field: oneOf('--field', reference.field, options.field),
    version: oneOf('--secret-version', reference.version, version),
  });
}

function oneOf<T>(flag: string, inReference: T | undefined, inOption: T | undefined): T | undefined {
  if (inReference === undefined || inOption === undefined) return inReference ?? inOption;
  throw usageError(
    `The reference already sets what ${flag} sets.`,
    `Leave out ${flag}, or remove that part from the reference.`,
  );
}
