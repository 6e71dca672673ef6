import { createHash, createPrivateKey, sign } from 'node:crypto';
import { fromBase64url, toBase64url } from '../../../lib/wire/bytes.ts';
import { sealWithNonce } from '../../../lib/xkey/box.ts';
import { xkeyFromSeed } from '../../../lib/xkey/keys.ts';

/*
 * The worked example of docs/http.md, made with public keys that must not be used for anything else: seeds of test/vectors/xkey,
 * and the Ed25519 key of RFC 8037, appendix A. Ed25519 signatures, and boxes with a given nonce, are the same each time.
 */

/** The seeds of the example. */
export const SEEDS = {
  broker: 'SXAKIYZX2POLIHZ5W5YZEWVTH24NLEUETBW3TKIVYRSS3GNHFXO5D4JJZM',
  recipient: 'SXAC35QF3FMZXS2KGYXGF2DN45JSSDYQM3CQMWAZJW5NMA7Y7BCMVSWL4A',
  sender: 'SXAESVBNK3UN2O24Z53ZJLFMX5OYHLAAVULRILWXRO775SDYFKI7FM3J7Y',
} as const;

/** The issuer's entry, as in catalog.yaml. */
export const ISSUER = {
  issuer: 'https://ci.example.com',
  audience: 'https://secrets.example.com',
  algorithms: ['Ed25519'],
  jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'example', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }] },
} as const;

/** The example's time, in seconds since the epoch. */
export const NOW = 1_795_312_800;

/** The secret's value. */
export const VALUE = '{"api_key":"sk_example_1","account":"acct_1"}';

/** Each string of the example, by the word after the three backticks of its block. */
export interface Example {
  readonly opened: string;
  readonly body: string;
  readonly envelope: string;
  readonly answer: string;
}

/** Makes the example's strings. */
export function workedExample(): Example {
  const [broker, recipient, sender] = [SEEDS.broker, SEEDS.recipient, SEEDS.sender].map(xkeyFromSeed);
  const opened = JSON.stringify({
    typ: 'waxseal.get.v1.request',
    token: token(),
    nonce: toBase64url(Uint8Array.from({ length: 16 }, (_, at) => at)),
    iat: NOW,
    secret: 'payments/stripe',
    field: 'api_key',
  });
  const boxNonce = Uint8Array.from({ length: 24 }, (_, at) => at);
  const sealed = toBase64url(sealWithNonce(Buffer.from(opened), broker!, recipient!, boxNonce));
  const envelope = JSON.stringify({
    typ: 'waxseal.get.v1',
    request: createHash('sha256').update(opened).digest('base64url'),
    secret: 'payments/stripe',
    version: 1,
    field: 'api_key',
    refresh_after: new Date((NOW + 60) * 1000).toISOString(),
    string: 'sk_example_1',
    keys: { current: broker!.text, next: null },
  });
  return {
    opened,
    body: JSON.stringify({ recipient: recipient!.text, broker_key: broker!.text, sealed }),
    envelope,
    answer: JSON.stringify({
      request_id: '7f9c2ba4-e88f-427d-a616-045507604c2f',
      sender: sender!.text,
      sealed: toBase64url(sealWithNonce(Buffer.from(envelope), recipient!, sender!, boxNonce.toReversed())),
    }),
  };
}

function token(): string {
  const d = 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A';
  const { kty, crv, x } = ISSUER.jwks.keys[0];
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' });
  const part = (json: object) => toBase64url(Buffer.from(JSON.stringify(json)));
  const claims = { iss: ISSUER.issuer, sub: 'repo:acme/api', aud: ISSUER.audience, iat: NOW, exp: NOW + 3600 };
  const input = `${part({ alg: 'Ed25519', kid: 'example' })}.${part(claims)}`;
  return `${input}.${toBase64url(sign(null, Buffer.from(input), key))}`;
}

/** The bytes of a message's box. */
export function boxOf(message: string): Uint8Array {
  return fromBase64url((JSON.parse(message) as { sealed: string }).sealed)!;
}
