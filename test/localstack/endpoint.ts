import { inject } from 'vitest';
import { fromRun } from '../kit/shared-by-run.ts';

/**
 * The endpoint of the LocalStack that all tests of this run share, once it is ready.
 *
 * @throws Error if it did not start, with its log.
 */
export const localstackEndpoint = (): Promise<string> => fromRun(inject('localstack'));
