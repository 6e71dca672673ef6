/**
 * Installs what only tests need: LocalStack with DynamoDB Local and an executor for Lambda, aws-lambda-ric, cfn-lint and
 * cfn-guard. Everything goes into a cache that later runs and other clones share (`$WAXSEAL_TEST_CACHE`, default:
 * `~/.cache/waxseal-test`). The first run takes about two minutes, later ones find it there.
 *
 * If `WAXSEAL_LOCALSTACK_URL` is set, that LocalStack is used, and none is installed. `npm test` runs this.
 */
import { install } from './setup/install.ts';
import { cacheDirectory, isInstalled, type Part } from './setup/part.ts';
import { dynamodbLocal } from './setup/parts-dynamodb-local.ts';
import { lambdaRic } from './setup/parts-lambda-ric.ts';
import { localstackCore, nodeProcessExecutor } from './setup/parts-localstack.ts';
import { cfnGuard, cfnLint } from './setup/parts-template-checks.ts';
import { checkPrerequisites } from './setup/prerequisites.ts';

const say = (line: string) => console.log(`[test setup] ${line}`);

/** Parts in one row are installed one after the other, the rows in parallel. */
const always: readonly (readonly Part[])[] = [[lambdaRic], [cfnLint], [cfnGuard]];
const ownLocalstack: readonly (readonly Part[])[] = [[localstackCore, nodeProcessExecutor], [dynamodbLocal]];

async function prepare(): Promise<void> {
  const external = process.env.WAXSEAL_LOCALSTACK_URL;
  const rows = external ? always : [...ownLocalstack, ...always];
  const missing = rows.flat().filter((part) => !isInstalled(part));
  if (missing.length === 0) return say(`everything is in ${cacheDirectory()}`);
  await checkPrerequisites(missing.flatMap((part) => part.needs));
  say(`installing ${missing.length} of ${rows.flat().length} parts into ${cacheDirectory()}, once`);
  const results = await Promise.allSettled(rows.map(installInTurn));
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => String(reason.message));
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
}

async function installInTurn(row: readonly Part[]): Promise<void> {
  for (const part of row) await install(part, say);
}

try {
  await prepare();
} catch (failure) {
  console.error(`[test setup] failed. ${failure instanceof Error ? failure.message : failure}`);
  process.exitCode = 1;
}
