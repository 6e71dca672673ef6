/**
 * Makes and rotates the broker's xkeys, as the custom resource `BrokerKeys` of the stack. The seeds are made here and stored in
 * one secret; only the broker ever sees them. Environment: `WAXSEAL_BROKER_KEY_SECRET`, the secret's ARN.
 */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { keySecret } from '../lib/aws/key-secret.ts';
import { awsClientSettings } from '../lib/aws/settings.ts';
import { brokerKeyResource } from '../lib/keys/broker-key-resource.ts';
import { answerStack, type StackEvent } from '../lib/keys/stack-event.ts';

const client = new SecretsManagerClient(awsClientSettings({ attempts: 3, connectMs: 2000, requestMs: 5000 }));
const secret = keySecret({ client, arn: process.env.WAXSEAL_BROKER_KEY_SECRET ?? '' });

/** Handles one event of CloudFormation. The log shows the request type and the outcome, never the event or the answer. */
export async function handler(event: StackEvent): Promise<void> {
  const answer = await brokerKeyResource(event, { secret, now: Date.now }, AbortSignal.timeout(20_000));
  const { Status: status, Reason: reason } = answer;
  console.log(JSON.stringify({ operation: 'broker-key', request: event.RequestType, status, reason }));
  await answerStack(event, answer, AbortSignal.timeout(8_000));
}
