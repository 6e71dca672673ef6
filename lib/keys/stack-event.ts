import { WaxsealError } from '../wire/errors.ts';

/**
 * What CloudFormation sends to the function behind a custom resource.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requests.html
 */
export interface StackEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  /** Presigned: anyone who has it can answer instead of us, so it is never logged. */
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  /** Absent when the resource is created. */
  readonly PhysicalResourceId?: string;
  /** CloudFormation turns every number into a string. */
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  /** Present when the resource is updated. */
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

/** What the function answers. `Data` becomes the resource's attributes, which anyone who can read the stack may read. */
export interface StackAnswer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/**
 * Puts the answer where CloudFormation waits for it. The body is sent as bytes: for a string, fetch would add a content type,
 * which the presigned URL does not sign.
 * @throws WaxsealError `internal_error` if it is not accepted, so that Lambda tries the event again
 */
export async function answerStack(event: StackEvent, answer: StackAnswer, signal: AbortSignal): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = new TextEncoder().encode(JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }));
  const response = await fetch(event.ResponseURL, { method: 'PUT', body, signal, redirect: 'error' }).catch(
    () => undefined,
  );
  if (!response?.ok) throw new WaxsealError('internal_error', 'CloudFormation did not accept the answer.');
}
