import { randomBytes } from 'node:crypto';
import {
  CreateSecretCommand,
  type CreateSecretCommandOutput,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { WaxsealClient, type WaxsealClientOptions } from 'waxseal';
import { sealRequest } from '../../../lib/client/sealed-request.ts';
import type { Operation } from '../../../lib/wire/operations.ts';
import { generateXkey, parsePublicXkey, type XkeyPair } from '../../../lib/xkey/keys.ts';
import { awsClientSettings } from '../../kit/aws-environment.ts';
import { openAnswer, type Reply } from '../../kit/broker.ts';
import { type DeployedBroker, startDeployedBroker } from '../../kit/deployed-broker.ts';
import { createTestIssuer, TEST_AUDIENCE, type TestIssuer } from '../../kit/test-issuer.ts';

type Members = Readonly<Record<string, unknown>>;

/** Milliseconds that a request may take: many, since other tests may keep LocalStack busy. */
export const BUDGET_MS = 20_000;
/** Part of every value, and of nothing else. */
export const CANARY = `canary-${randomBytes(12).toString('hex')}`;
/** The workload that the scene's mappings allow. */
export const SUBJECT = 'repo:acme/api';

/** A deployed broker with issuers, a catalog and secrets that the tests made through the AWS SDK. */
export interface Scene {
  readonly endpoint: string;
  readonly broker: DeployedBroker;
  readonly issuer: TestIssuer;
  readonly otherIssuer: TestIssuer;
  /** Prefix of all names in Secrets Manager; names without a record are looked up under `<prefix>direct/`. */
  readonly prefix: string;
  readonly secrets: SecretsManagerClient;
  /** Creates a secret below the prefix. */
  readonly create: (name: string, value: string | Uint8Array) => Promise<CreateSecretCommandOutput>;
  /** The broker's calls to AWS, without the lists of issuers and stores, which it reads again every 30 s. */
  readonly asked: () => readonly string[];
  /** Adds a version. Returns its VersionId. */
  readonly put: (name: string, value: string) => Promise<string>;
  /** Writes the catalog with these members instead of the usual ones. */
  readonly apply: (changes?: Members) => Promise<void>;
  readonly usual: { readonly issuers: readonly Members[]; readonly mappings: readonly Members[] };
  /** A token for the real clock, which the deployed function has. */
  readonly token: (claims?: Members, issuer?: TestIssuer) => Promise<string>;
  /** The real client. */
  readonly client: (options?: Partial<WaxsealClientOptions>) => WaxsealClient;
  /** A plain request. It is repeated if LocalStack was too busy: after a 503 that no injected fault explains. */
  readonly plain: (operation: Operation, question: Members, token?: string) => Promise<Reply>;
  readonly sealed: (operation: Operation, question: Members) => Promise<{ body: string; recipient: XkeyPair }>;
  readonly send: (
    operation: Operation,
    body: string,
    recipient: XkeyPair,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

/** Deploys the broker and fills its tables. Values are not cached, so every get reads its store. */
export async function openScene(endpoint: string): Promise<Scene> {
  const issuer = await createTestIssuer();
  const otherIssuer = await createTestIssuer({ issuer: 'https://other.example.com' });
  const broker = await startDeployedBroker(endpoint, { BudgetMs: String(BUDGET_MS), ValueCacheSeconds: '0' });
  const prefix = `waxseal/${broker.deployment.stackName}/`;
  const secrets = new SecretsManagerClient(awsClientSettings(endpoint));

  const entry = (from: TestIssuer): Members => ({
    issuer: from.issuer,
    audience: TEST_AUDIENCE,
    algorithms: [from.algorithm],
    jwks: from.jwks,
  });
  const own = { issuer: issuer.issuer, subject: SUBJECT };
  const usual = {
    issuers: [entry(issuer), entry(otherIssuer)],
    stores: [{ name: 'aws', kind: 'secrets-manager', default: true, direct: `${prefix}direct/` }],
    secrets: ['stripe', 'lost'].map((name) => ({ secret: `payments/${name}`, ref: `${prefix}${name}` })),
    mappings: [
      { secret: 'payments/*', ...own },
      { secret: 'payments/*', issuer: otherIssuer.issuer, subject: SUBJECT },
      { secret: 'here', ...own },
      { secret: 'team/*', ...own },
      { secret: 'narrow', ...own, fields: ['api_key'] },
    ],
  };
  const apply = (changes: Members = {}) => broker.apply({ ...usual, ...changes });
  const create = (name: string, value: string | Uint8Array) => {
    const content = typeof value === 'string' ? { SecretString: value } : { SecretBinary: value };
    return secrets.send(new CreateSecretCommand({ Name: `${prefix}${name}`, ...content }));
  };
  await Promise.all([
    apply(),
    create('stripe', JSON.stringify({ api_key: `${CANARY}-key`, other: `${CANARY}-other` })),
    create('direct/here', `${CANARY}-here`),
    create('direct/narrow', JSON.stringify({ api_key: `${CANARY}-narrow`, other: `${CANARY}-other` })),
    create('direct/unmapped', `${CANARY}-unmapped`),
  ]);

  const token = (claims: Members = {}, from = issuer) => {
    const iat = Math.floor(Date.now() / 1000);
    return from.token({ iat, exp: iat + 600, ...claims });
  };
  async function send(
    operation: Operation,
    body: string,
    recipient: XkeyPair,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const response = await fetch(`${broker.front.url}/v1/${operation}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const answer = (await response.json()) as Members;
    const envelope = typeof answer.sealed === 'string' ? openAnswer(answer, recipient) : undefined;
    return { status: response.status, headers: response.headers, body: answer, envelope };
  }

  return {
    endpoint,
    broker,
    issuer,
    otherIssuer,
    prefix,
    secrets,
    create,
    asked: () => broker.aws.operations().filter((operation) => operation !== 'Query'),
    async put(name, value) {
      const command = new PutSecretValueCommand({ SecretId: `${prefix}${name}`, SecretString: value });
      return (await secrets.send(command)).VersionId!;
    },
    apply,
    usual,
    token,
    client: (options = {}) =>
      new WaxsealClient({
        url: broker.front.url,
        brokerKeys: broker.pins(),
        audience: TEST_AUDIENCE,
        token: () => token(),
        timeoutMs: 2 * BUDGET_MS,
        ...options,
      }),
    async plain(operation, question, given) {
      const recipient = generateXkey();
      const body = JSON.stringify({ recipient: recipient.text, ...question });
      const authorization = `Bearer ${given ?? (await token())}`;
      for (let tries = 1; ; tries++) {
        const reply = await send(operation, body, recipient, { authorization });
        const explained = broker.aws.calls().some(({ fault }) => fault !== undefined);
        if (reply.status !== 503 || explained || tries === 3) return reply;
      }
    },
    async sealed(operation, question) {
      const recipient = generateXkey();
      const identity = { xkey: recipient, token: await token(), reused: false };
      const key = parsePublicXkey(broker.pins()[0]!);
      return { body: sealRequest(operation, question, identity, key, Date.now()).body, recipient };
    },
    send,
    async close() {
      secrets.destroy();
      await broker.close();
    },
  };
}
