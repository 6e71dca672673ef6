import { beforeAll, expect, test } from 'vitest';
import type { Resource, Template } from '../../kit/package-stack.ts';
import { packagedStack } from './packaged.ts';
import { settle } from './settled.ts';

let template: Template;
let resources: Readonly<Record<string, Resource>>;
beforeAll(async () => {
  ({ template } = await packagedStack());
  resources = settle(template, { LedgerArchiveDays: '365' }).Resources;
}, 120_000);

const properties = (name: string) => resources[name]!.Properties;

test('the ledger has a stream only for its copy', () => {
  expect(properties('LedgerTable').StreamSpecification).toEqual({ StreamViewType: 'NEW_IMAGE' });
  expect(settle(template, {}).Resources.LedgerTable?.Properties).not.toHaveProperty('StreamSpecification');
});

test('each object is locked for the stated days, and deleted after them', () => {
  const days = { Ref: 'LedgerArchiveDays' };
  expect(properties('LedgerArchive')).toMatchObject({
    ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: { Ref: 'LedgerArchiveMode' }, Days: days } } },
    LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: days }] },
  });
});

test('the copy has its own key, which works only through S3', () => {
  const { KeyPolicy } = properties('ArchiveKey') as { KeyPolicy: { Statement: { Sid: string; Condition?: object }[] } };
  expect(KeyPolicy.Statement.map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
    ['Administration', undefined],
    ['UseThroughS3', { StringEquals: { 'kms:ViaService': { 'Fn::Sub': `s3.\${AWS::Region}.amazonaws.com` } } }],
  ]);
  expect(JSON.stringify(properties('LedgerArchive').BucketEncryption)).toContain('ArchiveKey');
});

test('nobody can use plain HTTP, write as someone else or lift a lock, whatever their own policies say', () => {
  const { PolicyDocument } = properties('LedgerArchivePolicy') as {
    PolicyDocument: { Statement: { Effect: string; Principal: string; Action: string; Condition?: object }[] };
  };
  expect(
    PolicyDocument.Statement.map(({ Effect, Principal, Action, Condition }) => [Effect, Principal, Action, Condition]),
  ).toEqual([
    ['Deny', '*', 's3:*', { Bool: { 'aws:SecureTransport': 'false' } }],
    [
      'Deny',
      '*',
      's3:PutObject',
      { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['ArchiveDeliveryRole', 'Arn'] } } },
    ],
    ['Deny', '*', 's3:BypassGovernanceRetention', undefined],
  ]);
});

test('records are copied from the first one on, and expiries are not copied', () => {
  const { SourceParameters } = properties('ArchivePipe') as {
    SourceParameters: {
      DynamoDBStreamParameters: { StartingPosition: string };
      FilterCriteria: { Filters: { Pattern: string }[] };
    };
  };
  expect(SourceParameters.DynamoDBStreamParameters.StartingPosition).toBe('TRIM_HORIZON');
  expect(SourceParameters.FilterCriteria.Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
    { eventName: ['INSERT', 'MODIFY'] },
    { eventName: ['REMOVE'], userIdentity: { principalId: [{ exists: false }] } },
  ]);
});

test('an alarm goes off when copying stops', () => {
  const watched = ['ArchivePipeAlarm', 'ArchiveDeliveryAlarm'].map((name) => properties(name));
  expect(watched.map(({ Namespace, MetricName }) => `${Namespace} ${MetricName}`)).toEqual([
    'AWS/EventBridge/Pipes ExecutionFailed',
    'AWS/Firehose DeliveryToS3.DataFreshness',
  ]);
});
