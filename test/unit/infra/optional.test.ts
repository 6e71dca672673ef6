import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Template } from '../../kit/package-stack.ts';
import { runCfnLint } from '../../kit/template-checks.ts';
import { packagedStack } from './packaged.ts';
import { namesIn, settle } from './settled.ts';

const EDGE = {
  EdgeDomainName: 'broker.example.com',
  EdgeCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1',
};
const WEB_ACL = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b';
const VPC = { VpcSubnetIds: 'subnet-01234567', VpcSecurityGroupIds: 'sg-01234567' };

/** Resources that exist only with these parameters. */
const CASES: [string, Record<string, string>, string[]][] = [
  ['CloudFront', EDGE, ['EdgeDistribution']],
  ['an existing web ACL', { ...EDGE, EdgeWebAclArn: WEB_ACL }, ['EdgeDistribution']],
  [
    'a web ACL of its own',
    { ...EDGE, EdgeManagedRules: 'true', 'AWS::Region': 'us-east-1' },
    ['EdgeDistribution', 'EdgeWebAcl'],
  ],
  ['no web ACL elsewhere', { ...EDGE, EdgeManagedRules: 'true' }, ['EdgeDistribution']],
  [
    'sealed requests only',
    { ...EDGE, EdgeSealedOnly: 'true' },
    ['EdgeAccess', 'EdgeDistribution', 'EdgeGate', 'EdgeInvokePermission', 'EdgeUrlPermission'],
  ],
  [
    'a copy of the ledger',
    { LedgerArchiveDays: '365' },
    [
      'ArchiveDelivery',
      'ArchiveDeliveryAlarm',
      'ArchiveDeliveryRole',
      'ArchiveKey',
      'ArchivePipe',
      'ArchivePipeAlarm',
      'ArchivePipeRole',
      'LedgerArchive',
      'LedgerArchivePolicy',
    ],
  ],
  ['a VPC', VPC, ['BrokerVpcPolicy']],
  [
    'endpoints',
    { ...VPC, VpcEndpointVpcId: 'vpc-01234567', VpcEndpointRouteTableIds: 'rtb-01234567' },
    ['BrokerVpcPolicy', 'DynamoDBEndpoint', 'SecretsManagerEndpoint'],
  ],
  ['notifications', { AlarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call' }, ['KeyEventsRule']],
];
/** Everything at once, with the stack's own keys and with a key from elsewhere. */
const ALL = Object.assign({ 'AWS::Region': 'us-east-1' }, ...CASES.map(([, given]) => given), { EdgeWebAclArn: '' });
const EVERYTHING: [string, Record<string, string>][] = [
  ['nothing', {}],
  ['everything', ALL],
  [
    'everything, with a key from elsewhere',
    {
      ...ALL,
      KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
      PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/b',
    },
  ],
];

let template: Template;
beforeAll(async () => {
  ({ template } = await packagedStack());
}, 120_000);

describe('a parameter creates its resources, and nothing else', () => {
  test.each(CASES)('%s', (_, given, expected) => {
    const before = Object.keys(settle(template, {}).Resources);
    const after = Object.keys(settle(template, given).Resources);
    const gone = given.EdgeSealedOnly === 'true' ? ['BrokerInvokePermission', 'BrokerUrlPermission'] : [];
    expect(after.filter((name) => !before.includes(name)).toSorted()).toEqual(expected);
    expect(before.filter((name) => !after.includes(name)).toSorted()).toEqual(gone);
  });

  test('none of them is created by default', () => {
    const types = new Set(Object.values(settle(template, {}).Resources).map(({ Type }) => Type.split('::')[1]));
    expect([...types].toSorted()).toEqual([
      'CloudFormation',
      'CloudWatch',
      'CodeDeploy',
      'DynamoDB',
      'IAM',
      'KMS',
      'Lambda',
      'Logs',
      'S3', // osls's bucket for the packages
      'SSM',
      'SecretsManager',
    ]);
  });
});

test.each(EVERYTHING)('with %s switched on, nothing refers to a resource that does not exist', (_, given) => {
  const settled = settle(template, given);
  const known = new Set([...Object.keys(template.Parameters), ...Object.keys(settled.Resources)]);
  const unknown = namesIn([settled.Resources, settled.Outputs]).filter((one) => !known.has(one));
  expect(unknown.filter((one) => !one.startsWith('AWS::'))).toEqual([]);
});

test('cfn-lint finds nothing, whatever is switched on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'waxseal-templates-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const files = EVERYTHING.map(([name, given]) => {
    const parameters = Object.entries(template.Parameters).map(([key, parameter]) => [
      key,
      { ...parameter, Default: given[key] ?? parameter.Default },
    ]);
    const file = join(directory, `${name.replaceAll(/\W+/g, '-')}.json`);
    writeFileSync(file, JSON.stringify({ Parameters: Object.fromEntries(parameters), ...settle(template, given) }));
    return file;
  });
  // Switched off parts leave parameters (W2001) and mappings (W7001) unused. W3002: the local paths of the code are intended.
  const args = ['--ignore-checks', 'W1033', 'W2001', 'W3002', 'W7001', '--regions', 'us-east-1', '--', ...files];
  expect(await runCfnLint(args)).toEqual({ status: 0, output: '' });
}, 120_000);

test.each([
  [{ EdgeSealedOnly: 'true' }, 'EdgeIsWhole'],
  [{ EdgeDomainName: EDGE.EdgeDomainName }, 'EdgeIsWhole'],
  [{ EdgeCertificateArn: EDGE.EdgeCertificateArn }, 'EdgeIsWhole'],
  [{ EdgeWebAclArn: WEB_ACL }, 'EdgeIsWhole'],
  [{ ...EDGE, EdgeManagedRules: 'true' }, 'EdgeWebAclIsWhereItMustBe'],
  [{ EdgeManagedRules: 'true', 'AWS::Region': 'us-east-1' }, 'EdgeIsWhole'],
  [{ VpcSubnetIds: 'subnet-01234567' }, 'VpcIsWhole'],
  [{ ...VPC, VpcEndpointVpcId: 'vpc-01234567' }, 'VpcEndpointsAreWhole'],
])('parameters %j that do not fit together are refused by %s', (given, rule) => {
  expect(brokenRules(given)).toEqual([rule]);
});

test.each(CASES.filter(([name]) => name !== 'no web ACL elsewhere'))('parameters for %s are accepted', (_, given) => {
  expect(brokenRules(given)).toEqual([]);
});

/** The rules of the template that refuse these parameters. Rules are written like conditions, so conditions decide them. */
function brokenRules(given: Record<string, string>): string[] {
  const decide = (condition: unknown) => {
    const probe = { ...template, Conditions: { ...template.Conditions, Probe: condition as object } };
    return (
      'BrokerRole' in settle({ ...probe, Resources: { BrokerRole: { ...role, Condition: 'Probe' } } }, given).Resources
    );
  };
  const role = template.Resources.BrokerRole!;
  return Object.entries(template.Rules)
    .filter(
      ([, { RuleCondition, Assertions }]) => decide(RuleCondition) && !Assertions.every(({ Assert }) => decide(Assert)),
    )
    .map(([name]) => name);
}
