import { beforeAll, describe, expect, test } from 'vitest';
import type { Template } from '../../kit/package-stack.ts';
import { resolve } from './intrinsics.ts';
import { packagedStack } from './packaged.ts';

interface Statement {
  Sid: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

let template: Template;
beforeAll(async () => {
  ({ template } = await packagedStack());
}, 120_000);

function statements(role: string, given: Record<string, string> = {}): Statement[] {
  const { Policies } = template.Resources[role]!.Properties as {
    Policies: { PolicyDocument: { Statement: unknown } }[];
  };
  return Policies.flatMap(({ PolicyDocument }) => resolve(PolicyDocument.Statement, given) as Statement[]);
}
const actions = ({ Action }: Statement): string[] => [Action].flat();
const arn = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const key = (name: string) => ({ 'Fn::If': ['OwnKeys', arn(name), { Ref: 'KmsKeyArn' }] });
const via = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.\${AWS::Region}.amazonaws.com` } });

describe("the broker's role", () => {
  test('allows these actions and nothing else', () => {
    expect(statements('BrokerRole').map((one) => [one.Sid, one.Effect, actions(one)])).toEqual([
      ['ReadCatalog', 'Allow', ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']],
      ['WriteLedger', 'Allow', ['dynamodb:PutItem']],
      ['ReadSecrets', 'Allow', ['secretsmanager:GetSecretValue']],
      ['ReadSecretsInBatches', 'Allow', ['secretsmanager:BatchGetSecretValue']],
      ['ReadBrokerKeys', 'Allow', ['secretsmanager:GetSecretValue']],
      ['OpenTables', 'Allow', ['kms:Decrypt', 'kms:DescribeKey']],
      ['OpenSecrets', 'Allow', ['kms:Decrypt']],
      ['WriteLog', 'Allow', ['logs:CreateLogStream', 'logs:PutLogEvents']],
    ]);
  });

  test('allows them on these resources only', () => {
    const by = Object.fromEntries(statements('BrokerRole').map((one) => [one.Sid, one]));
    expect(by.ReadCatalog?.Resource).toEqual(arn('CatalogTable'));
    expect(by.WriteLedger?.Resource).toEqual(arn('LedgerTable'));
    expect(by.ReadSecretsInBatches?.Resource).toBe('*');
    expect(by.ReadBrokerKeys?.Resource).toEqual({ Ref: 'BrokerKeySecret' });
    expect(by.WriteLog?.Resource).toEqual(arn('BrokerLogGroup'));
    expect(by.OpenTables).toMatchObject({ Resource: key('TablesKey'), Condition: via('dynamodb') });
    expect(by.OpenSecrets).toMatchObject({
      Resource: [key('ValuesKey'), key('BrokerKeyKey')],
      Condition: via('secretsmanager'),
    });
  });

  test('allows to read secrets under each configured prefix, in this account and region', () => {
    const given = {
      SecretPrefixes: 'prod/,team-a/,rds!db-',
      'AWS::AccountId': '123456789012',
      'AWS::Region': 'eu-west-1',
    };
    expect(statements('BrokerRole', given).find(({ Sid }) => Sid === 'ReadSecrets')).toMatchObject({
      Resource: [
        'arn:*:secretsmanager:*:*:secret:prod/*',
        'arn:*:secretsmanager:*:*:secret:team-a/*',
        'arn:*:secretsmanager:*:*:secret:rds!db-*',
      ],
      Condition: { StringEquals: { 'aws:ResourceAccount': '123456789012', 'aws:RequestedRegion': 'eu-west-1' } },
    });
  });

  test.each(['', ',', 'prod/,', '*', 'p', 'prod/*', 'a b'])('a prefix list %j is not accepted', (list) => {
    expect(list).not.toMatch(new RegExp(template.Parameters.SecretPrefixes?.AllowedPattern as string));
  });
  test.each(['waxseal/', 'prod/,team-a/', 'rds!db-1,x@y/', 'rds!', '/prod/'])(
    'a prefix list %j is accepted',
    (list) => {
      expect(list).toMatch(new RegExp(template.Parameters.SecretPrefixes?.AllowedPattern as string));
    },
  );
});

test("the key function's role gives access to one secret", () => {
  expect(statements('BrokerKeyRole').map((one) => [one.Sid, actions(one), one.Resource])).toEqual([
    ['KeepBrokerKeys', ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'], { Ref: 'BrokerKeySecret' }],
    ['OpenAndCloseBrokerKeys', ['kms:Decrypt', 'kms:GenerateDataKey'], key('BrokerKeyKey')],
    ['WriteLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], arn('BrokerKeyLogGroup')],
  ]);
});

test('nobody else can read or write the key secret, whatever their own policies say', () => {
  const { ResourcePolicy } = template.Resources.BrokerKeySecretPolicy!.Properties as {
    ResourcePolicy: { Statement: Statement[] };
  };
  expect(ResourcePolicy.Statement).toEqual([
    expect.objectContaining({
      Effect: 'Deny',
      Principal: '*',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': [arn('BrokerRole'), arn('BrokerKeyRole')] } },
    }),
  ]);
});

test('there is no other role, and no other policy except the one that a VPC needs', () => {
  const named = (pattern: RegExp) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => pattern.test(Type))
      .map(([name]) => name);
  expect(named(/^AWS::IAM::Role$/).toSorted()).toEqual([
    'ArchiveDeliveryRole',
    'ArchivePipeRole',
    'BrokerKeyRole',
    'BrokerRole',
    'TrafficShiftRole',
  ]);
  expect(named(/^AWS::IAM::(?!Role$)/)).toEqual(['BrokerVpcPolicy']);
  expect(template.Resources.BrokerVpcPolicy?.Condition).toBe('InVpc');
  const { Role } = template.Resources.BrokerLambdaFunction!.Properties;
  expect(Role).toEqual(arn('BrokerRole'));
  expect(template.Resources.BrokerKeyLambdaFunction?.Properties.Role).toEqual(arn('BrokerKeyRole'));
});

test("in a VPC, Lambda may make network interfaces and the function's own code may not", () => {
  const { PolicyDocument } = template.Resources.BrokerVpcPolicy!.Properties as {
    PolicyDocument: { Statement: Statement[] };
  };
  const [allow, deny] = PolicyDocument.Statement;
  expect(actions(allow!).filter((action) => !action.startsWith('ec2:'))).toEqual([]);
  expect(deny).toMatchObject({
    Effect: 'Deny',
    Action: allow?.Action,
    Resource: '*',
    Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
  });
});

test('the role that moves the alias may do only that', () => {
  expect(statements('TrafficShiftRole').flatMap(actions)).toEqual([
    'lambda:GetAlias',
    'lambda:GetProvisionedConcurrencyConfig',
    'lambda:UpdateAlias',
    'cloudwatch:DescribeAlarms',
  ]);
});

describe("the roles of the ledger's copy", () => {
  test('the pipe reads the stream and passes records on', () => {
    expect(statements('ArchivePipeRole').map((one) => [one.Sid, actions(one), one.Resource])).toEqual([
      [
        'ReadStream',
        ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
        { 'Fn::GetAtt': ['LedgerTable', 'StreamArn'] },
      ],
      ['OpenStream', ['kms:Decrypt', 'kms:DescribeKey'], key('TablesKey')],
      ['HandOver', ['firehose:PutRecord', 'firehose:PutRecordBatch'], arn('ArchiveDelivery')],
    ]);
  });

  test('Firehose writes into one bucket, and deletes and unlocks nothing', () => {
    const objects = { 'Fn::Join': ['', [arn('LedgerArchive'), '/*']] };
    expect(statements('ArchiveDeliveryRole').map((one) => [one.Sid, actions(one), one.Resource])).toEqual([
      ['SeeBucket', ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], arn('LedgerArchive')],
      ['WriteObjects', ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'], objects],
      ['CloseObjects', ['kms:Decrypt', 'kms:GenerateDataKey'], key('ArchiveKey')],
    ]);
  });

  test.each([
    ['ArchivePipeRole', 'pipes.amazonaws.com', 'aws:SourceAccount'],
    ['ArchiveDeliveryRole', 'firehose.amazonaws.com', 'sts:ExternalId'],
    ['BrokerRole', 'lambda.amazonaws.com', undefined],
    ['BrokerKeyRole', 'lambda.amazonaws.com', undefined],
    ['TrafficShiftRole', 'codedeploy.amazonaws.com', undefined],
  ])('%s can be assumed only by %s', (role, Service, account) => {
    const { AssumeRolePolicyDocument } = template.Resources[role]!.Properties as {
      AssumeRolePolicyDocument: { Statement: object[] };
    };
    const Condition = account && { StringEquals: { [account]: { Ref: 'AWS::AccountId' } } };
    const trusted = {
      Effect: 'Allow',
      Principal: { Service },
      Action: 'sts:AssumeRole',
      ...(Condition && { Condition }),
    };
    expect(AssumeRolePolicyDocument.Statement).toEqual([trusted]);
  });
});

test('administrators of a key cannot use it', () => {
  const { Administration, Use } = template.Mappings.KeyActions!;
  const USING = ['kms:CreateGrant', 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom'];
  expect(Administration?.List?.filter((action) => USING.includes(action) || action.includes('*'))).toEqual([]);
  expect(Use?.List).toEqual(expect.arrayContaining(USING));
});
