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
  // Neither this machine's configuration nor a metadata service may answer in place of the test.
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
  'the role needs dynamodb:Scan, dynamodb:PutItem and dynamodb:DeleteItem on nope, and the use of its KMS key through DynamoDB.';
const denied = (action: string) =>
  scriptedError(
    400,
    'AccessDeniedException',
    `User: arn:aws:iam::1:user/x is not authorized to perform: ${action} on …`,
  );

describe('waxseal apply --table tells what is wrong with the AWS environment', () => {
  it('no region', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    const { exit, stderr } = await apply();
    expect([exit, stderr]).toEqual([2, expect.stringContaining('There is no AWS region: set AWS_REGION. (usage)\n')]);
  });

  it('no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const { exit, stderr } = await apply();
    expect([exit, stderr]).toEqual([2, expect.stringContaining('There are no AWS credentials: sign in,')]);
  });

  it('what is no name of a table', async () => {
    const { exit, stderr } = await apply('a b');
    expect([exit, stderr]).toEqual([2, expect.stringContaining('That is no name of a DynamoDB table. (usage)\n')]);
  });

  it.each([
    ['ResourceNotFoundException', 'There is no table nope in eu-west-1. (usage)\n'],
    ['AccessDeniedException', `AWS does not allow this: ${NEEDS} (usage)\n`],
    ['ExpiredTokenException', 'The AWS credentials have expired: get new ones. (usage)\n'],
    ['UnrecognizedClientException', 'AWS does not accept the credentials. (usage)\n'],
    ['InvalidSignatureException', 'AWS does not accept the credentials. (usage)\n'],
  ])('%s', async (name, text) => {
    const { exit, stderr } = await applyTo(scriptedError(400, name));
    expect([exit, stderr]).toEqual([2, expect.stringContaining(text)]);
  });

  it.each([
    ['reading', denied('dynamodb:Scan'), undefined, 'dynamodb:Scan'],
    ['writing', { body: { Items: [] } }, denied('dynamodb:PutItem'), 'dynamodb:PutItem'],
  ])('a right that is missing in %s', async (_what, scan, write, action) => {
    const { exit, stderr } = await applyTo(scan, write);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(`AWS does not allow ${action}: ${NEEDS} (usage)\n`)]);
    expect(stderr).not.toContain('user/x');
  });

  it('what may pass is worth another try', async () => {
    const { exit, stderr } = await applyTo(scriptedError(400, 'KMSThrottlingException'));
    expect([exit, stderr]).toEqual([
      3,
      expect.stringContaining('hint: DynamoDB in eu-west-1 gave no answer to go by. Check AWS_REGION and the network'),
    ]);
  });

  it('a table that is no catalog', async () => {
    const { exit, stderr } = await applyTo({ body: { Items: [{ id: { S: 'x' } }] } });
    expect([exit, stderr]).toEqual([3, expect.stringContaining('hint: Check that nope in eu-west-1 is a catalog')]);
  });
});
