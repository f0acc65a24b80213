import { FsmError } from '@fsm/core';
import ipaddr from 'ipaddr.js';

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** A rule of the address policy, taken apart. Without a port it holds for all. */
export type AddressRule =
  | {
      readonly kind: 'name';
      readonly name: string;
      /** For the names below it, not for itself. */
      readonly below: boolean;
      readonly port: number | undefined;
    }
  | { readonly kind: 'range'; readonly network: IpAddress; readonly bits: number; readonly port: number | undefined };

/**
 * Reads `10.0.0.0/8`, `127.0.0.1:3000`, `[::1]:3000`, `fd00::/8`, `localhost:8080`, `*.internal.example`.
 *
 * @throws FsmError HTTP_RULE
 */
export function parseRule(text: string): AddressRule {
  const rule = rangeRule(text) ?? nameRule(text);
  if (rule !== undefined) return rule;
  throw new FsmError('HTTP_RULE', `\`${text}\` is not a rule for addresses.`, {
    hint: 'Write an address, a range or a name, with a port if you like: "10.0.0.0/8", "localhost:8080", "*.internal.example", "[::1]:9000".',
    details: { asked: text },
  });
}

function rangeRule(text: string): AddressRule | undefined {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  const dotted = /^([\d.]+(?:\/\d+)?)(?::(\d+))?$/.exec(text);
  const [, range = text, digits] = bracketed ?? dotted ?? [];
  const port = portOf(digits);
  if (port === null) return undefined;
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(range) || ipaddr.IPv6.isValidCIDR(range)) {
    const [network, bits] = ipaddr.parseCIDR(range);
    return { kind: 'range', network, bits, port };
  }
  if (ipaddr.IPv4.isValidFourPartDecimal(range)) {
    return { kind: 'range', network: ipaddr.IPv4.parse(range), bits: 32, port };
  }
  if (range.includes(':') && ipaddr.IPv6.isValid(range)) {
    return { kind: 'range', network: ipaddr.IPv6.parse(range), bits: 128, port };
  }
  return undefined;
}

function nameRule(text: string): AddressRule | undefined {
  const [, below, given = '', digits] = /^(\*\.)?([^:/*\s@]+)(?::(\d+))?$/.exec(text) ?? [];
  const port = portOf(digits);
  const name = asciiName(given);
  // what consists of digits and dots only was meant as an address
  if (port === null || name === undefined || /^[\d.]+$/.test(name)) return undefined;
  return { kind: 'name', name, below: below !== undefined, port };
}

/** The name as it stands in a parsed URL: lower case, other alphabets in their ASCII form. */
function asciiName(name: string): string | undefined {
  if (name === '' || !URL.canParse(`http://${name}/`)) return undefined;
  const { hostname, pathname, search, hash } = new URL(`http://${name}/`);
  if (pathname !== '/' || search !== '' || hash !== '' || hostname === '') return undefined;
  return hostname.replace(/\.$/, '');
}

function portOf(digits: string | undefined): number | undefined | null {
  if (digits === undefined) return undefined;
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? port : null;
}
