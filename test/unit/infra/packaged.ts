import { inject } from 'vitest';
import { type Package, readPackage } from '../../kit/package-stack.ts';
import { fromRun } from '../../kit/shared-by-run.ts';

/**
 * The package that all tests of this run share. Do not write into its folder.
 *
 * @throws Error with what osls printed, if packaging failed.
 */
export const packagedStack = async (): Promise<Package> => readPackage(await fromRun(inject('packagedStack')));
