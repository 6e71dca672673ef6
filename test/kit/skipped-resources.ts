import { CloudFormationClient, paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import { awsClientSettings } from './aws-environment.ts';

/** A resource of the template that LocalStack reported as created without creating anything. */
export interface SkippedResource {
  readonly logicalId: string;
  readonly type: string;
}

/**
 * What LocalStack skipped in a stack, sorted by type and name.
 *
 * With `CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES`, a resource of an unknown type becomes `CREATE_COMPLETE` with the physical id
 * `unknown`. Only the reason of its stack event says that it was not created. (The log names the type too, but we cannot read
 * the log of a LocalStack that we did not start.)
 */
export async function skippedResources(endpoint: string, stackName: string): Promise<SkippedResource[]> {
  const client = new CloudFormationClient(awsClientSettings(endpoint));
  const skipped = new Map<string, SkippedResource>();
  try {
    for await (const page of paginateDescribeStackEvents({ client }, { StackName: stackName })) {
      for (const event of page.StackEvents ?? []) {
        if (!/is not supported but was deployed as a fallback/.test(event.ResourceStatusReason ?? '')) continue;
        const logicalId = event.LogicalResourceId ?? '';
        skipped.set(logicalId, { logicalId, type: event.ResourceType ?? '' });
      }
    }
  } finally {
    client.destroy();
  }
  const order = (resource: SkippedResource) => `${resource.type} ${resource.logicalId}`;
  return [...skipped.values()].sort((one, other) => order(one).localeCompare(order(other)));
}
