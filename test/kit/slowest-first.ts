import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, the longest first. */
const SLOW = [
  'test/localstack/deploy.test.ts',
  'test/unit/infra/package.test.ts',
  'test/unit/infra/template.test.ts',
  'test/localstack/catalog-dynamodb.test.ts',
  'test/localstack/ledger.test.ts',
  'test/localstack/store.test.ts',
];

/**
 * Starts the slowest files first, whatever their project, so that none of them runs alone at the end. Vitest itself runs one
 * project after the other, and does not know what is slow in a fresh checkout.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = SLOW.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at === -1 ? SLOW.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}
