import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { firstBrokerKeys, serializeBrokerKeys } from '../../lib/keys/broker-key-set.ts';
import { selfSigned } from '../kit/self-signed.ts';
import { temporaryFolder } from './bundle.ts';

/** Milliseconds until an answer: about what a call takes within a region. */
const LATENCY = 10;

/** An AWS that is as far away as one in the same region, and always the same. */
export interface LoopbackAws {
  /** What a function needs in its environment to talk to it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/**
 * Serves a secret with broker keys, and queries that find nothing, on a free loopback port: over TLS like AWS, since Node loads
 * other modules for plain HTTP.
 */
export async function serveLoopbackAws(): Promise<LoopbackAws> {
  const keys = JSON.stringify({ Name: 'keys', VersionId: 'one', SecretString: serializeBrokerKeys(firstBrokerKeys()) });
  const nothing = JSON.stringify({ Items: [], Count: 0, ScannedCount: 0 });
  const certificate = selfSigned();
  const authority = join(temporaryFolder(), 'ca.pem');
  writeFileSync(authority, certificate.cert);
  const server = createServer(certificate, (request, response) => {
    const target = String(request.headers['x-amz-target']);
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      setTimeout(() => response.end(target.endsWith('.GetSecretValue') ? keys : nothing), LATENCY);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    environment: {
      AWS_ENDPOINT_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      NODE_EXTRA_CA_CERTS: authority,
      NO_PROXY: '127.0.0.1',
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
