import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A call as the scripted service sees it. */
export interface ScriptedCall {
  /** `GetSecretValue`. */
  readonly operation: string;
  readonly input: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: Socket;
}

/** What it answers: an object as JSON, a string unchanged. `stall` sends half of it and then nothing, `hang` nothing at all. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly stall?: true;
  readonly hang?: true;
}

/** An AWS service whose answers the test decides: for what neither AWS nor LocalStack does on demand. */
export async function startScriptedAws(script: (call: ScriptedCall) => ScriptedAnswer) {
  const calls: ScriptedCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call: ScriptedCall = {
      operation: String(request.headers['x-amz-target']).split('.')[1] ?? '',
      input: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
      headers: request.headers,
      socket: request.socket,
    };
    calls.push(call);
    const { status = 200, body = {}, stall, hang } = script(call);
    if (hang || request.socket.destroyed) return;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': `scripted-${calls.length}`,
      'content-length': Buffer.byteLength(text),
    });
    if (stall) response.write(text.slice(0, text.length / 2));
    else response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    operations: () => calls.map(({ operation }) => operation),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An error as AWS's JSON protocol sends it. */
export function scriptedError(status: number, code: string, message = code): ScriptedAnswer {
  return { status, body: { __type: code, Message: message } };
}
