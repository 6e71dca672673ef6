import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Blocks of the IANA special-purpose registry (RFC 6890) that are not the public internet, and metadata services outside it. */
const SPECIAL_V4 = list('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT; also one cloud's metadata service
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // a cloud's metadata service that sits on a public address
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3], // multicast, reserved, broadcast
]);

/** IPv6 is the other way round: only global unicast is public, so mapped, NAT64, ULA and link-local addresses are out. */
const GLOBAL_V6 = list('ipv6', [['2000::', 3]]);
const SPECIAL_V6 = list('ipv6', [
  ['2001::', 23], // IETF protocols, Teredo among them, which embeds IPv4 addresses
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 embeds IPv4 addresses
  ['3fff::', 20],
]);
const LOOPBACK_V4 = list('ipv4', [['127.0.0.0', 8]]);

/** Tells whether an IP address (text, no brackets) is on the public internet. False for what is no IP address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_V4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return GLOBAL_V6.check(address, 'ipv6') && !SPECIAL_V6.check(address, 'ipv6');
}

/** Tells whether an IP address is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(address: string): boolean {
  return isIPv4(address) ? LOOPBACK_V4.check(address, 'ipv4') : address === '::1';
}

function list(family: 'ipv4' | 'ipv6', blocks: readonly (readonly [string, number])[]): BlockList {
  const made = new BlockList();
  for (const [network, prefix] of blocks) made.addSubnet(network, prefix, family);
  return made;
}
