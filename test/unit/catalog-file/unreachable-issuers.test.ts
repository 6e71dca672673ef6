import { describe, expect, it } from 'vitest';
import { formatFault } from '../../../lib/catalog-file/fault.ts';
import { doubtfulRules } from '../../../lib/catalog-file/warnings.ts';
import { catalogOf } from './reading.ts';

const KEYS =
  '{ keys: [{ kty: EC, crv: P-256, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0 }] }';

function warned(entry: string, local = false): string[] {
  const catalog = catalogOf(
    `issuers:\n  - { issuer: "https://i.example", audience: b }\n  - { audience: b, ${entry} }`,
  );
  return doubtfulRules(catalog, { now: 0, local }).map((warning) => formatFault(warning, 'c.yaml'));
}

const expected = (member: string, host: string, why: string) => [
  `c.yaml:3:5 issuers[1].${member}: the broker cannot fetch keys from "${host}", ${why}; ` +
    'put the public keys into jwks, or publish them at a public URL and name it in jwks_uri',
];
const OWN = 'which is its own machine';
const PRIVATE = 'which is not a public address';
const UNKNOWN = 'a name that is not known on the internet';

describe('issuers whose keys no function can fetch', () => {
  it.each([
    ['https://localhost:8443', 'localhost', OWN],
    ['https://keys.localhost', 'keys.localhost', OWN],
    ['https://127.0.0.1', '127.0.0.1', OWN],
    ['https://127.9.9.9/realms/a', '127.9.9.9', OWN],
    ['https://2130706433', '127.0.0.1', OWN],
    ['https://[::1]:8443', '::1', OWN],
    ['https://10.0.0.7', '10.0.0.7', PRIVATE],
    ['https://172.16.3.4:6443', '172.16.3.4', PRIVATE],
    ['https://192.168.1.1/x', '192.168.1.1', PRIVATE],
    ['https://169.254.169.254', '169.254.169.254', PRIVATE],
    ['https://100.64.0.1', '100.64.0.1', PRIVATE],
    ['https://[fd00::1]', 'fd00::1', PRIVATE],
    ['https://[fe80::1]', 'fe80::1', PRIVATE],
    ['https://[::ffff:10.0.0.7]', '::ffff:a00:7', PRIVATE],
    ['https://kubernetes.default', 'kubernetes.default', UNKNOWN],
    ['https://kubernetes.default.svc', 'kubernetes.default.svc', UNKNOWN],
    ['https://kubernetes.default.svc.', 'kubernetes.default.svc', UNKNOWN],
    ['https://kubernetes.default.svc.cluster.local', 'kubernetes.default.svc.cluster.local', UNKNOWN],
    ['https://Vault.INTERNAL', 'vault.internal', UNKNOWN],
    ['https://ip-10-0-0-7.eu-central-1.compute.internal', 'ip-10-0-0-7.eu-central-1.compute.internal', UNKNOWN],
    ['https://keycloak:8443/realms/a', 'keycloak', UNKNOWN],
    ['https://sso.corp', 'sso.corp', UNKNOWN],
    ['https://nas.home.arpa', 'nas.home.arpa', UNKNOWN],
  ])('%s', (url, host, why) => {
    expect(warned(`issuer: "${url}"`)).toEqual(expected('issuer', host, why));
    expect(warned(`issuer: "https://a.example", jwks_uri: "${url}/jwks"`)).toEqual(expected('jwks_uri', host, why));
    expect(warned(`issuer: "${url}", jwks_uri: "https://a.example/jwks"`)).toEqual([]);
    expect(warned(`issuer: "${url}", jwks: ${KEYS}`)).toEqual([]);
    expect(warned(`issuer: "${url}"`, true)).toEqual([]);
  });

  it.each([
    'https://token.actions.githubusercontent.com',
    'https://oidc.eks.eu-central-1.amazonaws.com/id/1',
    'https://8.8.8.8',
    'https://[2606:4700::1]',
    'https://svc.example.com',
    'https://local.example',
    'https://internal.example.dev',
    'https://10.0.0.7.example.com',
  ])('are not %s', (url) => {
    expect(warned(`issuer: "${url}"`)).toEqual([]);
  });

  it('are not issuers whose key is their name', () => {
    expect(warned('kind: nkey, issuer: ACOJJN6WUP4ODD75XEBKKTCCUJJCY5ZKQ56XVKYK4BEJWGVAOOQHZMCW')).toEqual([]);
  });
});
