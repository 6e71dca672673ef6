import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { afterAll, describe, expect, it } from 'vitest';
import { awsClientSettings } from '../kit/aws-environment.ts';
import { skippedResources } from '../kit/skipped-resources.ts';
import { runCfnGuard, runCfnLint } from '../kit/template-checks.ts';
import { localstackEndpoint } from './endpoint.ts';

const endpoint = await localstackEndpoint();
const unique = (name: string) => `kit-${name}-${crypto.randomUUID()}`;

describe('templates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'waxseal-kit-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const template = join(directory, 'template.json');
  const rules = join(directory, 'queues.guard');
  const queue = (Properties: object) =>
    JSON.stringify({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties } } });
  writeFileSync(rules, "rule queues_wait { Resources.*[ Type == 'AWS::SQS::Queue' ].Properties.DelaySeconds == 5 }\n");

  it('are linted and guarded', async () => {
    writeFileSync(template, queue({ DelaySeconds: 5 }));
    expect(await runCfnLint([template])).toMatchObject({ status: 0 });
    const guard = ['validate', '--data', template, '--rules', rules];
    expect(await runCfnGuard(guard)).toMatchObject({ status: 0 });
    writeFileSync(template, queue({ DelaySeconds: 'soon' }));
    expect(await runCfnLint([template])).toMatchObject({ status: 2, output: expect.stringContaining('E3012') });
    expect(await runCfnGuard(guard)).toMatchObject({ status: 19, output: expect.stringContaining('queues_wait') });
  });

  it('are deployed with what LocalStack supports; the rest is listed', async () => {
    const client = new CloudFormationClient(awsClientSettings(endpoint));
    const StackName = unique('stack');
    const Resources = {
      Setting: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'x' } },
      Watch: { Type: 'AWS::GuardDuty::Detector', Properties: { Enable: true } },
      Plan: { Type: 'AWS::Budgets::Budget', Properties: { Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY' } } },
    };
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName });
    expect(await skippedResources(endpoint, StackName)).toEqual([
      { logicalId: 'Plan', type: 'AWS::Budgets::Budget' },
      { logicalId: 'Watch', type: 'AWS::GuardDuty::Detector' },
    ]);
    await client.send(new DeleteStackCommand({ StackName }));
    client.destroy();
  });
});
