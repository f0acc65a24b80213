import type { FsmError } from '@fsm/core';
import ipaddr from 'ipaddr.js';
import { type AddressRule, type IpAddress, parseRule } from './address-rule.ts';
import { httpError } from './http-error.ts';

/** What requests may reach. Each rule is an address, a CIDR range or a host name, with a port or for all ports. */
export interface AddressRules {
  /**
   * What may be reached besides public addresses: `10.0.0.0/8`, `localhost:8080`, `*.internal.example`, `[::1]:9000`.
   * A name lets private and loopback addresses through, whatever the name resolves to; link-local and metadata
   * addresses only open to a rule that names them as addresses.
   */
  readonly allow?: readonly string[];
  /** What may never be reached, also when `allow` lets it through. */
  readonly deny?: readonly string[];
  /** When given, nothing else may be reached, and public addresses need no further rule. */
  readonly only?: readonly string[];
}

export interface AddressPolicy {
  /** @throws FsmError HTTP_BLOCKED when the host may not be reached, as far as its name tells */
  checkHost(host: string, port: number): void;
  /** Whether a connection to the address may be opened in the name of `host`. */
  permits(host: string, port: number, address: string): boolean;
  /** The refusal, for an address that is not permitted. */
  refusal(host: string, port: number, address: string | undefined): FsmError;
}

/**
 * Decides which addresses may be reached. Without rules only public ones: a workflow that takes a URL from its data must
 * not become a door into the network it runs in (server-side request forgery).
 *
 * A1  What counts is the address that is connected to, not what the URL says: names are judged by what they resolve to,
 *     at the moment of connecting, and literal addresses like any other.
 * A2  Only addresses known to be public pass without a rule. Private, loopback, link-local, shared (CGNAT), multicast,
 *     unspecified, reserved and documentation ranges do not; nor does IPv6 that carries an IPv4 address inside
 *     (mapped, compatible, NAT64, 6to4, Teredo), because another machine decides where that leads.
 * A3  `deny` is stronger than `allow`; an IPv4 address in IPv6 form is denied like the IPv4 address.
 *
 * ```ts
 * const policy = createAddressPolicy({ allow: ['localhost:8080'] });
 * policy.permits('localhost', 8080, '127.0.0.1'); // true
 * policy.permits('localhost', 9090, '127.0.0.1'); // false
 * ```
 *
 * @throws FsmError HTTP_RULE when a rule cannot be read
 */
export function createAddressPolicy({ allow = [], deny = [], only }: AddressRules = {}): AddressPolicy {
  const allowed = allow.map(parseRule);
  const denied = deny.map(parseRule);
  const exclusive = only?.map(parseRule);

  function permits(host: string, port: number, text: string): boolean {
    const name = canonicalHost(host);
    const address = parseAddress(text);
    if (address === undefined) return false;
    const forms = [address, ...embedded(address)];
    const matches = (rule: AddressRule) => ruleMatches(rule, name, port, forms);
    if (denied.some(matches)) return false;
    const open = allowed.filter((rule) => ruleMatches(rule, name, port, [address]));
    if (exclusive !== undefined) {
      const listed = exclusive.filter((rule) => ruleMatches(rule, name, port, [address]));
      if (listed.length === 0 && open.length === 0) return false;
      open.push(...listed);
    }
    const range = rangeOf(address);
    if (range === 'public') return true;
    if (open.some((rule) => rule.kind === 'range')) return true;
    return range === 'private' && open.length > 0;
  }

  function refusal(host: string, port: number, address: string | undefined): FsmError {
    const at = address === undefined || address === host ? '' : `, which leads to ${address},`;
    return httpError('HTTP_BLOCKED', `\`${host}:${port}\`${at} may not be reached.`, {
      hint: 'Public addresses may be reached; allow others in the configuration: http: { allow: ["localhost:8080"] }.',
      details: { host, port, ...(address === undefined ? undefined : { address }) },
    });
  }

  return {
    permits,
    refusal,
    checkHost(host, port) {
      const name = canonicalHost(host);
      if (parseAddress(name) !== undefined) {
        if (!permits(name, port, name)) throw refusal(name, port, name);
        return;
      }
      const named = (rule: AddressRule) => rule.kind === 'name' && ruleMatches(rule, name, port, []);
      if (denied.some(named)) throw refusal(name, port, undefined);
      if (exclusive === undefined || [...exclusive, ...allowed].some((rule) => rule.kind === 'range' || named(rule)))
        return;
      throw refusal(name, port, undefined);
    },
  };
}

function ruleMatches(rule: AddressRule, name: string, port: number, addresses: readonly IpAddress[]): boolean {
  if (rule.port !== undefined && rule.port !== port) return false;
  if (rule.kind === 'name') {
    return rule.below ? name.endsWith(`.${rule.name}`) && name.length > rule.name.length + 1 : name === rule.name;
  }
  const { network, bits } = rule;
  return addresses.some((address) => address.kind() === network.kind() && address.match(network, bits));
}

/** Lower case, without the brackets of IPv6 and without the dot that ends absolute names. */
export function canonicalHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** Addresses that clouds serve their machines' credentials from, although their ranges say otherwise. */
const metadata = new Set(['169.254.169.254', '168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254']);

/** `special` ranges are never what somebody meant by the name of a server of theirs. */
function rangeOf(address: IpAddress): 'public' | 'private' | 'special' {
  if (metadata.has(address.toString())) return 'special';
  const range = address.range();
  if (range === 'private' || range === 'loopback' || range === 'uniqueLocal') return 'private';
  if (range === 'carrierGradeNat') return 'private';
  if (range !== 'unicast') return 'special';
  // 2000::/3 is all that was ever given out; the rest holds old forms such as ::127.0.0.1
  return address instanceof ipaddr.IPv6 && address.parts[0]! >> 13 !== 1 ? 'special' : 'public';
}

function parseAddress(text: string): IpAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  // a zone says through which interface: only local addresses have one, and they are judged without it
  const plain = text.replace(/%.*$/, '');
  return plain.includes(':') && ipaddr.IPv6.isValid(plain) ? ipaddr.IPv6.parse(plain) : undefined;
}

/** The IPv4 address that an IPv6 address leads to, for the forms that carry one. */
function embedded(address: IpAddress): IpAddress[] {
  if (!(address instanceof ipaddr.IPv6)) return [];
  const { parts } = address;
  const at = (index: number, mask = 0) => ipaddr.IPv4.parse(octets(parts[index]! ^ mask, parts[index + 1]! ^ mask));
  switch (address.range()) {
    case 'ipv4Mapped':
    case 'rfc6145':
    case 'rfc6052':
      return [at(6)];
    case '6to4':
      return [at(1)];
    case 'teredo':
      return [at(6, 0xffff)];
    default:
      return parts.slice(0, 6).every((part) => part === 0) ? [at(6)] : [];
  }
}

function octets(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}
