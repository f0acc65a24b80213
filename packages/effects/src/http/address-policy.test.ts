import { describe, expect, test } from 'vitest';
import { createAddressPolicy } from './address-policy.ts';

describe('without rules', () => {
  const policy = createAddressPolicy();

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.215.14',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '169.253.1.1',
    '192.167.1.1',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001::200e',
  ])('%s may be reached', (address) => {
    expect(policy.permits('api.example', 443, address)).toBe(true);
  });

  test.each([
    // this host and this machine
    '0.0.0.0',
    '0.1.2.3',
    '127.0.0.1',
    '127.255.255.254',
    '::',
    '::1',
    // private networks
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    'fc00::1',
    'fdff::1',
    'fec0::1',
    // link-local, and what clouds keep credentials at
    '169.254.0.1',
    '169.254.169.254',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    // shared by the customers of a provider
    '100.64.0.1',
    '100.127.255.255',
    // many, all, none
    '224.0.0.1',
    '239.255.255.255',
    'ff02::1',
    '255.255.255.255',
    '240.0.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '198.18.0.1',
    '192.88.99.1',
    '2001:db8::1',
    '3fff::1',
    '100::1',
    '5f00::1',
    '4000::1',
    // IPv4 in disguise
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::7f00:1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2001:0:7f00:1::',
    // no addresses
    '',
    'localhost',
    '0x7f000001',
    '2130706433',
    '127.1',
    '017700000001',
    '127.0.0.01x',
    '[::1]',
  ])('%s may not', (address) => {
    expect(policy.permits('api.example', 443, address)).toBe(false);
  });

  test('a literal address is refused before anything is asked of the network', () => {
    expect(() => policy.checkHost('[::1]', 80)).toThrow(expect.objectContaining({ code: 'HTTP_BLOCKED' }));
    expect(() => policy.checkHost('127.0.0.1', 80)).toThrow(expect.objectContaining({ code: 'HTTP_BLOCKED' }));
    expect(() => policy.checkHost('api.example', 80)).not.toThrow();
  });
});

describe('allowing', () => {
  test.each([
    ['10.0.0.0/8', 'db.example', 5432, '10.1.2.3', true],
    ['10.0.0.0/8', 'db.example', 5432, '11.1.2.3', true],
    ['10.0.0.0/8', 'db.example', 5432, '192.168.1.1', false],
    ['10.0.0.0/8', 'db.example', 5432, '::ffff:10.1.2.3', false],
    ['10.0.0.0/8:443', 'db.example', 5432, '10.1.2.3', false],
    ['127.0.0.1:8080', '127.0.0.1', 8080, '127.0.0.1', true],
    ['127.0.0.1:8080', '127.0.0.1', 8081, '127.0.0.1', false],
    ['[::1]:8080', '[::1]', 8080, '::1', true],
    ['[::1]:8080', '[::1]', 80, '::1', false],
    ['::1', 'localhost', 80, '::1', true],
    ['fd00::/8', 'a.example', 80, 'fd12::1', true],
    ['localhost:8080', 'localhost', 8080, '127.0.0.1', true],
    ['localhost:8080', 'LOCALHOST.', 8080, '::1', true],
    ['localhost:8080', 'localhost', 8081, '127.0.0.1', false],
    ['localhost:8080', 'evil.localhost', 8080, '127.0.0.1', false],
    ['localhost:8080', '127.0.0.1', 8080, '127.0.0.1', false],
    ['*.internal.example', 'db.internal.example', 80, '10.0.0.1', true],
    ['*.internal.example', 'a.b.internal.example', 80, '10.0.0.1', true],
    ['*.internal.example', 'internal.example', 80, '10.0.0.1', false],
    ['*.internal.example', 'evilinternal.example', 80, '10.0.0.1', false],
    ['*.internal.example', 'internal.example.evil', 80, '10.0.0.1', false],
    // whoever controls a name decides where it leads: never to the credentials of the machine
    ['*.internal.example', 'a.internal.example', 80, '169.254.169.254', false],
    ['*.internal.example', 'a.internal.example', 80, 'fd00:ec2::254', false],
    ['*.internal.example', 'a.internal.example', 80, '0.0.0.0', false],
    ['*.internal.example', 'a.internal.example', 80, '::ffff:10.0.0.1', false],
    ['169.254.169.254', '169.254.169.254', 80, '169.254.169.254', true],
  ] as const)('%s: %s:%d at %s is %s', (rule, host, port, address, permitted) => {
    expect(createAddressPolicy({ allow: [rule] }).permits(host, port, address)).toBe(permitted);
  });
});

describe('denying', () => {
  test('is stronger than allowing, and holds for public addresses too', () => {
    const policy = createAddressPolicy({ allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16', '8.8.8.8', '*.evil.example'] });
    expect(policy.permits('a.example', 80, '10.1.0.1')).toBe(true);
    expect(policy.permits('a.example', 80, '10.9.0.1')).toBe(false);
    expect(policy.permits('a.example', 80, '8.8.8.8')).toBe(false);
    expect(policy.permits('a.evil.example', 80, '1.1.1.1')).toBe(false);
    expect(() => policy.checkHost('a.evil.example', 80)).toThrow(expect.objectContaining({ code: 'HTTP_BLOCKED' }));
  });

  test('reaches addresses that hide in others, where those are allowed', () => {
    const policy = createAddressPolicy({ allow: ['::/0'], deny: ['10.0.0.0/8'] });
    for (const address of [
      '::ffff:10.0.0.1',
      '64:ff9b::10.0.0.1',
      '2002:a00:1::1',
      '2001:0:1:2:3:4:f5ff:fffe',
      '::10.0.0.1',
    ]) {
      expect(policy.permits('a.example', 80, address)).toBe(false);
    }
    expect(policy.permits('a.example', 80, '64:ff9b::8.8.8.8')).toBe(true);
  });
});

test('`only` closes everything else', () => {
  const policy = createAddressPolicy({ only: ['api.example:443', '10.0.0.0/8'], allow: ['localhost:8080'] });
  expect(policy.permits('api.example', 443, '1.1.1.1')).toBe(true);
  expect(policy.permits('api.example', 80, '1.1.1.1')).toBe(false);
  expect(policy.permits('other.example', 443, '1.1.1.1')).toBe(false);
  expect(policy.permits('other.example', 443, '10.0.0.1')).toBe(true);
  expect(policy.permits('localhost', 8080, '127.0.0.1')).toBe(true);
  const named = createAddressPolicy({ only: ['api.example'] });
  expect(() => named.checkHost('api.example', 443)).not.toThrow();
  expect(() => named.checkHost('other.example', 443)).toThrow(expect.objectContaining({ code: 'HTTP_BLOCKED' }));
});

test.each([
  '',
  ' ',
  '10.0.0.0/33',
  '10.0.0/8',
  '300.1.1.1',
  'a b',
  'http://a.example',
  'a.example:0',
  'a.example:65536',
  'a/b',
  '*',
  '*.*',
  'a@b',
  '010.0.0.1',
  '[::1',
  'fe80::/129',
])('the rule "%s" is refused', (rule) => {
  expect(() => createAddressPolicy({ allow: [rule] })).toThrow(expect.objectContaining({ code: 'HTTP_RULE' }));
});
