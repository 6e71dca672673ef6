import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { awsClientSettings, awsEnvironment } from './aws-environment.ts';
import { copyProject } from './project-copy.ts';

/** A stack deployed on LocalStack. */
export interface Deployment {
  readonly stackName: string;
  /** By the names in infra/outputs.yml. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Physical ids by logical id: the name of the function, of the table. */
  readonly resources: Readonly<Record<string, string>>;
}

/**
 * Packages the project and deploys it with `osls deploy`, as docs/deploy.md says, with its own stage.
 *
 * @param parameters - Parameters of the stack that differ from their defaults.
 * @throws Error with what osls printed.
 */
export async function deployStack(endpoint: string, parameters: Readonly<Record<string, string>>): Promise<Deployment> {
  const stage = `t${randomBytes(5).toString('hex')}`;
  const copy = copyProject();
  try {
    const settings = Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    writeFileSync(join(copy.directory, 'stack-parameters.json'), JSON.stringify(settings));
    // osls asks CloudFormation for its progress every five seconds, which is too slow for the few that LocalStack takes.
    const environment = { ...awsEnvironment(endpoint), SLS_AWS_MONITORING_FREQUENCY: '300' };
    await copy.osls(['deploy', '--stage', stage], environment);
  } finally {
    copy.remove();
  }
  return describe(endpoint, `waxseal-${stage}`);
}

async function describe(endpoint: string, StackName: string): Promise<Deployment> {
  const client = new CloudFormationClient(awsClientSettings(endpoint));
  try {
    const [{ Stacks = [] }, { StackResources = [] }] = await Promise.all([
      client.send(new DescribeStacksCommand({ StackName })),
      client.send(new DescribeStackResourcesCommand({ StackName })),
    ]);
    const outputs = (Stacks[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
    const resources = StackResources.map(({ LogicalResourceId: name, PhysicalResourceId: id }) => [name, id]);
    return { stackName: StackName, outputs: Object.fromEntries(outputs), resources: Object.fromEntries(resources) };
  } finally {
    client.destroy();
  }
}
