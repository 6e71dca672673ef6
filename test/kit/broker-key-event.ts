import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { StackAnswer, StackEvent } from '../../lib/keys/stack-event.ts';

/**
 * Does what CloudFormation would do for the custom resource `BrokerKeys`, and LocalStack does not: invokes its function with an
 * event, and receives the answer at the URL that the event names.
 *
 * @param revision - The stack's `BrokerKeyRevision`: 1 makes the first keys, a higher one rotates them.
 * @throws Error if the function fails.
 */
export async function sendBrokerKeyEvent(
  lambda: LambdaClient,
  FunctionName: string,
  revision: number,
): Promise<StackAnswer> {
  const answer = Promise.withResolvers<StackAnswer>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    response.end();
    answer.resolve(JSON.parse(Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const properties = { Revision: String(revision), PreviousDays: '30', Settings: ['a setting'] };
  const event: StackEvent = {
    RequestType: revision === 1 ? 'Create' : 'Update',
    ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`,
    StackId: 'arn:aws:cloudformation:us-east-1:000000000000:stack/test/1',
    RequestId: crypto.randomUUID(),
    LogicalResourceId: 'BrokerKeys',
    ResourceProperties: properties,
    ...(revision === 1 ? {} : { OldResourceProperties: { ...properties, Revision: String(revision - 1) } }),
  };
  try {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
    );
    if (FunctionError) throw new Error(`The function of BrokerKeys failed: ${Payload?.transformToString()}`);
    return await answer.promise;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
