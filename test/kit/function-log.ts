/**
 * All lines that LocalStack has written to a log group. They appear a moment after the answer, so repeat until you find yours.
 * A plain request, since the tests need nothing else from CloudWatch Logs.
 */
export async function logLines(endpoint: string, logGroupName: string): Promise<string[]> {
  const lines: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await call(endpoint, { logGroupName, limit: 10_000, ...(nextToken && { nextToken }) });
    lines.push(...page.events.map(({ message }) => message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return lines;
}

interface Page {
  readonly events: readonly { readonly message: string }[];
  readonly nextToken?: string;
}

async function call(endpoint: string, question: object): Promise<Page> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(question),
  });
  if (!answer.ok) throw new Error(`CloudWatch Logs answered with ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}
