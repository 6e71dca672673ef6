import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Package, Resource, Template } from '../../kit/package-stack.ts';
import { runCfnGuard, runCfnLint } from '../../kit/template-checks.ts';
import { packagedStack } from './packaged.ts';
import { settle } from './settled.ts';

let packaged: Package;
let template: Template;
beforeAll(async () => {
  packaged = await packagedStack();
  template = packaged.template;
}, 120_000);

const get = (name: string): Resource => template.Resources[name]!;
const ofType = (type: string) => Object.entries(template.Resources).filter(([, { Type }]) => Type === type);

describe('checkers', () => {
  test('cfn-lint finds nothing', async () => {
    // W1033: it does not see that only non-empty lists are split. W3002: the local paths of the code are intended.
    const args = ['--ignore-checks', 'W1033', 'W3002', '--regions', 'us-east-1', 'eu-west-1', '--'];
    const result = await runCfnLint([...args, packaged.oslsTemplate, packaged.plainTemplate]);
    expect(result).toEqual({ status: 0, output: '' });
  }, 120_000);

  test('cfn-guard passes every rule and skips none', async () => {
    const rules = join(import.meta.dirname, '..', '..', '..', 'infra', 'rules.guard');
    const args = ['validate', '--data', packaged.plainTemplate, '--rules', rules, '--show-summary', 'all'];
    const { status, output } = await runCfnGuard(args);
    const rows = [...output.matchAll(/^rules\.guard\/(\w+)\s+(\w+)$/gm)];
    const names = [...readFileSync(rules, 'utf8').matchAll(/^rule (\w+)/gm)].map(([, name]) => name);
    expect(status).toBe(0);
    expect(rows.filter(([, , outcome]) => outcome !== 'PASS')).toEqual([]);
    expect(rows.map(([, name]) => name).toSorted()).toEqual(names.toSorted());
  }, 60_000);
});

describe('what callers reach', () => {
  test('the URL is on the alias, and the alias on a numbered version', () => {
    expect(get('BrokerFunctionUrl').Properties).toMatchObject({ Qualifier: 'live' });
    expect(get('BrokerAlias').Properties).toMatchObject({
      Name: 'live',
      FunctionVersion: { 'Fn::GetAtt': ['BrokerVersion', 'Version'] },
    });
  });

  test('both permissions are on the alias, and the second one works only through the URL', () => {
    const { Resources } = settle(template, {});
    const permissions = Object.values(Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::Permission' ? [Properties] : [],
    );
    const alias = { FunctionName: { Ref: 'BrokerAlias' }, Principal: '*' };
    expect(permissions).toEqual([
      { ...alias, Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
      { ...alias, Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
    ]);
  });

  test('new code, new settings and new keys each publish a version', () => {
    const description = get('BrokerVersion').Properties.Description as { 'Fn::Sub': string };
    expect(description['Fn::Sub']).toMatch(/^code [0-9a-f]{16}, settings \$\{BrokerKeys\.Settings\}$/);
    // Lambda does not publish an unchanged function, so the function must change with the description.
    const { Variables } = get('BrokerLambdaFunction').Properties.Environment as { Variables: Record<string, unknown> };
    expect(Variables.WAXSEAL_REVISION).toEqual({ 'Fn::GetAtt': ['BrokerKeys', 'Settings'] });
    const watched = JSON.stringify(get('BrokerKeys').Properties.Settings);
    const { Environment, MemorySize, VpcConfig } = get('BrokerLambdaFunction').Properties;
    const used = [...JSON.stringify([Environment, MemorySize, VpcConfig]).matchAll(/"Ref":"(\w+)"/g)];
    const parameters = used.map(([, name]) => name!).filter((name) => template.Parameters[name] !== undefined);
    expect(parameters.length).toBeGreaterThan(8);
    expect(parameters.filter((name) => !watched.includes(`"${name}"`))).toEqual([]);
  });

  test('traffic moves by CodeDeploy, and alarms roll it back', () => {
    expect(get('BrokerAlias').UpdatePolicy).toEqual({
      CodeDeployLambdaAliasUpdate: {
        ApplicationName: { Ref: 'TrafficShiftApplication' },
        DeploymentGroupName: { Ref: 'TrafficShiftGroup' },
      },
    });
    const { AlarmConfiguration, AutoRollbackConfiguration } = get('TrafficShiftGroup').Properties as {
      AlarmConfiguration: { Enabled: boolean; Alarms: { Name: { Ref: string } }[] };
      AutoRollbackConfiguration: { Events: string[] };
    };
    expect(AutoRollbackConfiguration.Events).toContain('DEPLOYMENT_STOP_ON_ALARM');
    expect(AlarmConfiguration.Alarms.map(({ Name }) => get(Name.Ref).Type)).toEqual(
      Array(3).fill('AWS::CloudWatch::Alarm'),
    );
  });
});

describe('what outlives the stack', () => {
  test("tables, keys, logs, the key secret and the ledger's copy", () => {
    const kept = Object.entries(template.Resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain');
    expect(kept.map(([name]) => name).toSorted()).toEqual([
      'ArchiveKey',
      'BrokerKeyKey',
      'BrokerKeyLogGroup',
      'BrokerKeySecret',
      'BrokerLogGroup',
      'CatalogTable',
      'LedgerArchive',
      'LedgerArchivePolicy',
      'LedgerTable',
      'LogsKey',
      'TablesKey',
      'ValuesKey',
    ]);
    expect(kept.filter(([, { UpdateReplacePolicy }]) => UpdateReplacePolicy !== 'Retain')).toEqual([]);
  });

  test('a replaced version stays, and a failed one is deleted', () => {
    expect(get('BrokerVersion')).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Retain' });
  });

  test('records of the ledger expire by ttl', () => {
    expect(get('LedgerTable').Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
  });
});

test('no resource has a fixed name, except the parameters in Parameter Store and the alias', () => {
  const NAMES = ['TableName', 'FunctionName', 'RoleName', 'LogGroupName', 'AlarmName', 'BucketName', 'Name'];
  const named = Object.entries(template.Resources)
    .filter(([, { Properties }]) => NAMES.some((name) => typeof Properties[name] === 'string'))
    .map(([name]) => name);
  expect(named).toEqual(['BrokerAlias']);
});

describe('alarms', () => {
  const expression = (name: string) =>
    (get(name).Properties.Metrics as { Id: string; Expression?: string }[]).find(({ Id }) => Id === 'percent')
      ?.Expression;

  test.each([
    ['ConcurrencyQuotaAlarm', 'used / SERVICE_QUOTA(used) * 100'],
    ['KmsQuotaAlarm', 'used / SERVICE_QUOTA(used) * 100'],
    ['SecretReadsQuotaAlarm', 'MAX([FILL(single, 0) / 10000, FILL(batch, 0) / 100]) / 60 * 100'],
  ])('%s goes off at 80 %% of the quota', (name, wanted) => {
    expect(expression(name)).toBe(wanted);
    expect(get(name).Properties).toMatchObject({
      Threshold: 80,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });

  test('cover every key of the stack that is disabled or scheduled for deletion', () => {
    const keys = ofType('AWS::KMS::Key').map(([name]) => name);
    const rule = JSON.stringify(get('KeyEventsRule').Properties.EventPattern);
    expect(keys.filter((name) => !rule.includes(`"${name}"`))).toEqual([]);
  });
});

test('every output is described, and the ones that clients need are in Parameter Store', () => {
  const own = Object.entries(template.Outputs).filter(([name]) => !name.startsWith('Serverless'));
  expect(own.filter(([, { Description }]) => !Description)).toEqual([]);
  const values = ofType('AWS::SSM::Parameter').map(([, { Properties }]) => Properties.Value);
  const stored = own.filter(([, { Value }]) => values.some((value) => JSON.stringify(value) === JSON.stringify(Value)));
  expect(stored.map(([name]) => name).toSorted()).toEqual([
    'BrokerKeys',
    'BrokerRoleArn',
    'BrokerUrl',
    'CatalogTableName',
    'LedgerTableName',
    'ValuesKeyArn',
  ]);
});

test('the template fits into a request, without a bucket', () => {
  const plain = JSON.parse(readFileSync(packaged.plainTemplate, 'utf8')) as Template;
  // As `aws cloudformation package` writes it, with the longest possible name of a bucket.
  for (const name of ['BrokerLambdaFunction', 'BrokerKeyLambdaFunction'])
    plain.Resources[name]!.Properties.Code = { S3Bucket: 'b'.repeat(63), S3Key: 'k'.repeat(32) };
  expect(JSON.stringify(plain).length).toBeLessThan(51_200);
});
