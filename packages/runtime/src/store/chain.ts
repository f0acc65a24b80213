import { hash } from 'node:crypto';

/** The hash before the first line of every instance. */
export const CHAIN_START = '';

/**
 * One step of an instance's hash chain: SHA-256 over the previous hash and the line, as base64url (43 characters).
 *
 * ```ts
 * let head = CHAIN_START;
 * for (const line of lines) head = chainHash(head, line.text);
 * ```
 */
export function chainHash(previous: string, text: string): string {
  return hash('sha256', previous + text, 'base64url');
}
