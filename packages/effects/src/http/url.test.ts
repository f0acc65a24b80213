import { describe, expect, test } from 'vitest';
import { createAddressPolicy } from './address-policy.ts';
import { parseUrl, portOf } from './url.ts';

/** Spellings of addresses nobody outside should reach, as collected from public lists of filter bypasses. */
const hostile = [
  // plain
  'http://127.0.0.1/',
  'http://127.1.2.3/',
  'http://0.0.0.0/',
  'http://10.0.0.1/',
  'http://192.168.1.1:8080/',
  'http://172.16.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.100.100.200/',
  'http://[::1]/',
  'http://[::]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://[fc00::1]/',
  // IPv4 in IPv6
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[0:0:0:0:0:ffff:127.0.0.1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:7f00:1::]/',
  'http://[::ffff:0:127.0.0.1]/',
  // IPv4 as one number, octal, hexadecimal, short
  'http://2130706433/',
  'http://3232235777/',
  'http://017700000001/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0177.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://0/',
  'http://0x0/',
  'http://00000177.0.0.1/',
  'http://0x7f.1/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://127.0.0.1./',
  // a public address in such a spelling is no better
  'http://134744072/',
  'http://0x08080808/',
  'http://010.8.8.8/',
  // percent signs, other digits, other dots
  'http://%31%32%37.0.0.1/',
  'http://127.0.0%2e1/',
  'http://①②⑦.⓪.⓪.①/',
  'http://１２７.０.０.１/',
  'http://127。0。0。1/',
  'http://127．0．0．1/',
  'http://ⓛocalhost/',
  'http://loc%61lhost/',
  'http://local\u00adhost/',
  'http://①.1.1.1/',
  // who is the user and who is the host
  'http://api.example@127.0.0.1/',
  'http://127.0.0.1@api.example/',
  'http://user:pass@api.example/',
  'http://api.example:80@127.0.0.1/',
  'http://@127.0.0.1/',
  'http://api.example%40127.0.0.1/',
  'http://api.example\\@127.0.0.1/',
  'http://127.0.0.1\\@api.example/',
  'http://api.example#@127.0.0.1\\/',
  // slashes, spaces, line breaks
  'http:127.0.0.1/',
  'http:/127.0.0.1/',
  'http:///127.0.0.1/',
  'http:////127.0.0.1/',
  'http:\\\\127.0.0.1\\',
  'http:/\\127.0.0.1/',
  ' http://127.0.0.1/',
  'http://127.0.0.1 /',
  'http://127.0.0.1\t/',
  'ht\ntp://127.0.0.1/',
  'http://127.0.0.1\r\nX: 1/',
  'http://api.example\r\nHost: a/',
  'http://api.example/\u0000',
  // odd ports
  'http://127.0.0.1:080/',
  'http://127.0.0.1:/',
  'http://api.example:0080/',
  'http://api.example:99999/',
  // other schemes
  'file:///etc/passwd',
  'ftp://api.example/',
  'gopher://127.0.0.1:6379/_INFO',
  'dict://127.0.0.1:11211/',
  'data:,hello',
  'javascript:alert(1)',
  'blob:http://api.example/1',
  'ws://api.example/',
  'jar:http://api.example!/',
  'ldap://127.0.0.1/',
  'unix:/var/run/docker.sock',
  'about:blank',
  'mailto:a@b.example',
  // no URL at all
  '',
  '/',
  '//127.0.0.1/',
  '127.0.0.1',
  'localhost:80',
  'http://',
  'https://?',
  'http://[::1',
  'http://[v1.a]/',
  'http://a b/',
];

const policy = createAddressPolicy();

test('the table is worth its name', () => {
  expect(new Set(hostile).size).toBeGreaterThanOrEqual(60);
});

test.each(hostile)('%j is refused', (text) => {
  const visit = () => {
    const url = parseUrl(text);
    policy.checkHost(url.hostname, portOf(url));
  };
  expect(visit).toThrow(expect.objectContaining({ code: expect.stringMatching(/^HTTP_(URL|BLOCKED)$/) }));
});

test.each([
  ['https://api.example', 'https://api.example/', 443],
  ['http://api.example:80/a', 'http://api.example/a', 80],
  ['HTTPS://API.Example:8443/A?b=c#d', 'https://api.example:8443/A?b=c', 8443],
  ['https://bücher.example/ä?ö=ü', 'https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC', 443],
  ['https://例え.テスト/', 'https://xn--r8jz45g.xn--zckzah/', 443],
  ['https://bücher2.example/', 'https://xn--bcher2-3ya.example/', 443],
  ['https://api.example/a@b', 'https://api.example/a@b', 443],
  ['https://api.example/?q=http://127.0.0.1', 'https://api.example/?q=http://127.0.0.1', 443],
  ['http://8.8.8.8/', 'http://8.8.8.8/', 80],
  ['http://[2606:4700:4700:0:0:0:0:1111]/', 'http://[2606:4700:4700::1111]/', 80],
])('%s is read', (text, href, port) => {
  const url = parseUrl(text);
  expect(url.href).toBe(href);
  expect(portOf(url)).toBe(port);
});

describe('the message of a refusal', () => {
  test.each([
    'http://user:hunter2@api.example/',
    'ftp://user:hunter2@api.example/',
    'https://api.example\\?token=hunter2',
    'user:hunter2@api.example',
    'http://api.example:99999/?key=hunter2',
  ])('of %s holds no secret', (text) => {
    expect(() => parseUrl(text)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
  });
});
