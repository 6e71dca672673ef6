import { inject } from 'vitest';
import { type Package, readPackage } from '../../kit/package-stack.ts';

/**
 * The package that all tests of this run share; nobody writes into its folder.
 *
 * @throws Error with what osls printed, if packaging failed.
 */
export async function packagedStack(): Promise<Package> {
  const response = await fetch(inject('packagedStack'));
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return readPackage(text);
}
