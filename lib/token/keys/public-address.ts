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

/** For IPv6 the list is of what is allowed: only global unicast, so neither mapped, ULA nor link-local addresses. */
const GLOBAL_V6 = list('ipv6', [['2000::', 3]]);
const SPECIAL_V6 = list('ipv6', [
  ['2001::', 23], // IETF protocols, Teredo among them, which embeds IPv4 addresses
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4 embeds IPv4 addresses
  ['3fff::', 20],
]);
/** NAT64 addresses embed the IPv4 address that a translator connects to: the well-known prefix (RFC 6052) … */
const WELL_KNOWN_NAT64 = list('ipv6', [['64:ff9b::', 96]]);
/** … and the prefix for local use (RFC 8215), of which a network may give its translator any part. */
const LOCAL_NAT64 = list('ipv6', [['64:ff9b:1::', 48]]);
/** The bytes that hold the IPv4 address, for each length of a translator's prefix (RFC 6052 section 2.2). */
const NAT64_READINGS = [
  [6, 7, 9, 10], // /48
  [7, 9, 10, 11], // /56
  [9, 10, 11, 12], // /64
  [12, 13, 14, 15], // /96
] as const;
/** Where no TCP connection leads. */
const NO_HOST_V4 = list('ipv4', [
  ['0.0.0.0', 8],
  ['224.0.0.0', 3],
]);
const LOOPBACK_V4 = list('ipv4', [['127.0.0.0', 8]]);

/** Whether an IP address (without brackets) is on the public internet. False for anything that is not an IP address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_V4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  if (WELL_KNOWN_NAT64.check(address, 'ipv6')) return isPublicAddress(octetsOf(address).slice(12).join('.'));
  if (LOCAL_NAT64.check(address, 'ipv6')) return isPublicBehindLocalNat64(octetsOf(address));
  return GLOBAL_V6.check(address, 'ipv6') && !SPECIAL_V6.check(address, 'ipv6');
}

/**
 * How long a network's NAT64 prefix is cannot be seen in the address, and whoever chose the address may hope for another length
 * than we do. So every reading counts: one must be public, and all others too, but for those that name no host at all: bytes of
 * the prefix, or of the zeros around the embedded address.
 */
function isPublicBehindLocalNat64(octets: readonly number[]): boolean {
  if (octets[8] !== 0) return false;
  const readings = NAT64_READINGS.map((places) => places.map((place) => octets[place]).join('.'));
  const hosts = readings.filter((reading) => !NO_HOST_V4.check(reading, 'ipv4'));
  return hosts.length > 0 && hosts.every(isPublicAddress);
}

/** The sixteen bytes of an IPv6 address, however it is spelt. */
function octetsOf(address: string): readonly number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups = [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
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
