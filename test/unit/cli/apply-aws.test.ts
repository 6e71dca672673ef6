import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../lib/cli/program.ts';
import { recordedTerminal } from '../../kit/recorded-terminal.ts';
import { type ScriptedAnswer, scriptedError, startScriptedAws } from '../../kit/scripted-aws.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waxseal-'));
  file = join(folder, 'catalog.yaml');
  await writeFile(file, 'stores: [{ name: aws, kind: secrets-manager }]\n');
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  // Neither this machine's configuration nor a metadata service may answer instead of the test.
  for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_REGION', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());

async function apply(table = 'nope') {
  const terminal = recordedTerminal();
  const exit = await runCli(['apply', file, '--table', table, '--yes'], terminal);
  return { exit, stderr: terminal.stderr };
}

async function applyTo(answer: ScriptedAnswer, write = answer) {
  const aws = await startScriptedAws(({ operation }) => (operation === 'Scan' ? answer : write));
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  try {
    return await apply();
  } finally {
    await aws.close();
  }
}

const NEEDS =
  'hint: The role needs dynamodb:Scan, dynamodb:PutItem and dynamodb:DeleteItem on the table, and permission to use its KMS key through DynamoDB.';
const denied = (action: string) =>
  scriptedError(
    400,
    'AccessDeniedException',
    `User: arn:aws:iam::1:user/x is not authorized to perform: ${action} on …`,
  );

describe('waxseal apply --table reports what is wrong with the AWS environment', () => {
  it('no region', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    const { exit, stderr } = await apply();
    expect([exit, stderr]).toEqual([2, expect.stringContaining('No AWS region is set. (usage)\nhint: Set AWS_REGION')]);
  });

  it('no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { exit, stderr } = await apply();
    expect([exit, stderr]).toEqual([
      2,
      expect.stringContaining('No AWS credentials were found. (usage)\nhint: Sign in,'),
    ]);
  });

  it('an invalid table name', async () => {
    const { exit, stderr } = await apply('a b');
    expect([exit, stderr]).toEqual([2, expect.stringContaining('Not a valid DynamoDB table name: "a b". (usage)\n')]);
  });

  it.each([
    ['ResourceNotFoundException', 'There is no table nope in eu-west-1. (usage)\n'],
    ['AccessDeniedException', `AWS does not allow this action on nope. (usage)\n${NEEDS}`],
    ['ExpiredTokenException', 'The AWS credentials have expired. (usage)\nhint: Get new ones.'],
    ['UnrecognizedClientException', 'AWS rejected the credentials. (usage)\n'],
    ['InvalidSignatureException', 'AWS rejected the credentials. (usage)\n'],
  ])('%s', async (name, text) => {
    const { exit, stderr } = await applyTo(scriptedError(400, name));
    expect([exit, stderr]).toEqual([2, expect.stringContaining(text)]);
  });

  it.each([
    ['reading', denied('dynamodb:Scan'), undefined, 'dynamodb:Scan'],
    ['writing', { body: { Items: [] } }, denied('dynamodb:PutItem'), 'dynamodb:PutItem'],
  ])('a missing permission, in %s', async (_what, scan, write, action) => {
    const { exit, stderr } = await applyTo(scan, write);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringContaining(`AWS does not allow ${action} on nope. (usage)\n${NEEDS}`),
    ]);
    expect(stderr).not.toContain('user/x');
  });

  it('a failure that may pass, which is worth another try', async () => {
    const { exit, stderr } = await applyTo(scriptedError(400, 'KMSThrottlingException'));
    expect([exit, stderr]).toEqual([
      3,
      expect.stringContaining(
        'hint: DynamoDB in eu-west-1 did not give a usable answer. Check AWS_REGION and the network',
      ),
    ]);
  });

  it('a table that is not a catalog', async () => {
    const { exit, stderr } = await applyTo({ body: { Items: [{ id: { S: 'x' } }] } });
    expect([exit, stderr]).toEqual([
      3,
      expect.stringContaining('hint: Check that nope in eu-west-1 is a waxseal catalog'),
    ]);
  });
});
