import { isIP } from 'node:net';
import type { TrustedIssuer } from '../entries/issuer.ts';
import { isLoopbackAddress, isPublicAddress } from '../token/keys/public-address.ts';
import type { Doubt } from './broad-rules.ts';

/** Last labels that no public name has: reserved (RFC 6761, RFC 6762, RFC 8375, ICANN), and those of clusters and offices. */
const LOCAL_LABELS = [
  'local',
  'internal',
  'svc',
  'default',
  'lan',
  'localdomain',
  'intranet',
  'private',
  'corp',
  'home',
];

/**
 * Points out an issuer whose keys a broker in AWS cannot fetch, since their URL leads nowhere from there. If the keys are in the
 * entry, it does not matter what the issuer is called.
 */
export function* unreachableIssuer({ issuer, discovery, jwksUri }: TrustedIssuer): Generator<Doubt> {
  const url = jwksUri ?? (discovery ? issuer : undefined);
  const host = url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
  const why = host === undefined ? undefined : unreachable(host);
  if (why === undefined) return;
  yield [
    [jwksUri === undefined ? 'issuer' : 'jwks_uri'],
    `the broker cannot fetch keys from ${JSON.stringify(host)}, ${why}; put the public keys into jwks, or publish them at a ` +
      'public URL and name it in jwks_uri',
  ];
}

/** @param host as URLs normalise it: in lower case, and with an IPv4 address in four decimal parts */
function unreachable(host: string): string | undefined {
  const labels = host.split('.');
  if (isLoopbackAddress(host) || labels.at(-1) === 'localhost') return 'which is its own machine';
  if (isIP(host)) return isPublicAddress(host) ? undefined : 'which is not a public address';
  const isLocal = labels.length === 1 || LOCAL_LABELS.includes(labels.at(-1)!) || host.endsWith('.home.arpa');
  return isLocal ? 'a name that is not known on the internet' : undefined;
}
