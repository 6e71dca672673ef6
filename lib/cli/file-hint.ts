import { resolve } from 'node:path';
import type { Command } from 'commander';

/**
 * Names, in full, the file or folder that an error speaks of, since its text is fixed; undefined where it speaks of none.
 * @param command the command that failed, with its options as they were typed
 */
export function fileHint({ message, cause }: Error, command: Command): string | undefined {
  const path = pathOf(message, cause, command);
  if (path === undefined) return undefined;
  if (message.includes('cannot be read')) return `Tried ${resolve(path)}.`;
  return `${message.startsWith('The embedded database') ? 'The data folder' : 'The file'} is ${resolve(path)}.`;
}

function pathOf(message: string, cause: unknown, command: Command): string | undefined {
  const { file, secrets, data } = command.opts<{ file?: string; secrets?: string; data?: string }>();
  if (message.startsWith('The catalog file')) return file ?? command.args[0];
  if (message.startsWith('The values file')) return secrets;
  if (message.startsWith('The embedded database')) return data;
  // It may be the environment's, or the place where a pod has it: the failure of the file system knows.
  if (message.startsWith('The token file')) return (cause as NodeJS.ErrnoException | undefined)?.path;
  return undefined;
}
