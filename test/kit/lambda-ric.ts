import { join } from 'node:path';
import { installed } from './setup/part.ts';
import { lambdaRic } from './setup/parts-lambda-ric.ts';

/**
 * The program that Lambda runs Node functions with: `node <this> <handler>`, in the function's folder.
 *
 * @throws Error if the test set-up has not run.
 */
export function ricPath(): string {
  return join(installed(lambdaRic), 'node_modules', 'aws-lambda-ric', 'index.mjs');
}
