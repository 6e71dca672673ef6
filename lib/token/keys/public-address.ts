import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Blocks in the IANA special-purpose registry (RFC 6890) that are not public, and metadata services that it does not list. */
const SPECIAL_V4 = list('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT, and one cloud's metadata service
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // a cloud's metadata service with a public address
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

/** For IPv6 the list is of what is allowed: only global unicast, so neither mapped, NAT64, ULA nor link-local addresses. */
const GLOBAL_V6 = list('ipv6', [['2000::', 3]]);
const SPECIAL_V6 = list('ipv6', [
  ['2001::', 23], // IETF protocols, Teredo among them, which embeds IPv4 addresses
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 embeds IPv4 addresses
  ['3fff::', 20],
]);
const LOOPBACK_V4 = list('ipv4', [['127.0.0.0', 8]]);

/** Whether an IP address (without brackets) is on the public internet. False for anything that is not an IP address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_V4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  return GLOBAL_V6.check(address, 'ipv6') && !SPECIAL_V6.check(address, 'ipv6');
}

/** Whether an IP address is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(address: string): boolean {
  return isIPv4(address) ? LOOPBACK_V4.check(address, 'ipv4') : address === '::1';
}

function list(family: 'ipv4' | 'ipv6', blocks: readonly (readonly [string, number])[]): BlockList {
  const made = new BlockList();
  for (const [network, prefix] of blocks) made.addSubnet(network, prefix, family);
  return made;
}
