import { createServer } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { MockAgent } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { type Handler, startServer, type TestServer } from '../testing/http-server.ts';
import { nextTurn } from '../testing/test-host.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions, type HttpRequest } from './client.ts';
import { Redactor } from './redact.ts';

const closing: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((made) => made.close()));
});

async function serve(handler: Handler): Promise<TestServer> {
  const server = await startServer(handler);
  closing.unshift(server);
  return server;
}

function client(options: HttpClientOptions = {}): HttpClient {
  const made = createHttpClient({ allow: ['127.0.0.1'], ...options });
  closing.unshift(made);
  return made;
}

function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url, ...more };
}

const ok: Handler = (_, response) => void response.end('ok');

test('connections are used again, and no more are made than allowed', async () => {
  const server = await serve(ok);
  const http = client({ connections: 2 });
  for (let count = 0; count < 5; count += 1) {
    await http.request(get(server.origin));
    // a connection is free again a moment after the answer ended
    await nextTurn();
  }
  expect(server.connections).toBe(1);
  await Promise.all(Array.from({ length: 20 }, () => http.request(get(server.origin))));
  expect(server.connections).toBe(2);
  expect(http.connections()).toEqual({ [server.origin]: 2 });
});

test('connections to the origin that was not used for longest make room', async () => {
  const [one, two] = [await serve(ok), await serve(ok)];
  const http = client({ origins: 1 });
  await http.request(get(one.origin));
  await http.request(get(two.origin));
  await one.drained();
  expect(http.connections()).toEqual({ [two.origin]: 1 });
});

test('tells status, headers and body', async () => {
  const server = await serve((_, response) => {
    response.writeHead(201, { 'X-A': ['1', '2'] });
    response.write('in ');
    response.end('pieces');
  });
  const { status, headers, body, url } = await client().request(get(`${server.origin}/a?b=c#d`));
  expect([status, headers['x-a'], new TextDecoder().decode(body), url]).toEqual([
    201,
    '1, 2',
    'in pieces',
    `${server.origin}/a?b=c`,
  ]);
});

describe('times', () => {
  /** A server that answers nothing, or not to the end. */
  const silent: Handler = () => {};

  test('a server that does not begin to answer', async () => {
    const server = await serve(silent);
    await expect(client({ headersTimeout: 20 }).request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_TIMEOUT',
      next: 'retry',
      message: expect.stringContaining('did not begin to answer'),
    });
  });

  test('a server that stops in the middle of its answer', async () => {
    const server = await serve((_, response) => void response.write('a'));
    await expect(client({ bodyTimeout: 20 }).request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_TIMEOUT',
      message: expect.stringContaining('stopped'),
    });
  });

  test('the whole request, whatever it waits for', async () => {
    const timers: (() => void)[] = [];
    const asked: string[] = [];
    const http = client({
      setTimer: (milliseconds, callback) => {
        expect(milliseconds).toBe(1_234);
        timers.push(callback);
        return () => {};
      },
      resolve: (name) => {
        asked.push(name);
        return new Promise(() => {});
      },
    });
    const pending = http.request(get('http://slow.example/', { timeout: 1_234 }));
    timers[0]!();
    await expect(pending).rejects.toMatchObject({ code: 'HTTP_TIMEOUT', next: 'retry', details: { timeout: 1_234 } });
  });
});

describe('aborting', () => {
  test('closes the connection at once, with the reason of the signal', async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort(new Error('not wanted')));
    await expect(client().request(get(server.origin, { signal: controller.signal }))).rejects.toThrow('not wanted');
    await server.drained();
  });

  test('in the middle of an answer too', async () => {
    const controller = new AbortController();
    const server = await serve((_, response) => {
      response.write('a', () => setImmediate(() => controller.abort(new Error('not wanted'))));
    });
    await expect(client().request(get(server.origin, { signal: controller.signal }))).rejects.toThrow('not wanted');
    await server.drained();
  });

  test('before anything was sent sends nothing', async () => {
    const server = await serve(ok);
    const signal = AbortSignal.abort(new Error('not wanted'));
    await expect(client().request(get(server.origin, { signal }))).rejects.toThrow('not wanted');
    expect(server.connections).toBe(0);
  });
});

describe('sizes', () => {
  test('an answer that says that it is too large is not read', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write('a');
    });
    await expect(client({ maxResponse: 1_000 }).request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_TOO_LARGE',
      next: 'reject',
      details: { limit: 1_000 },
    });
    await server.drained();
  });

  test('an answer in pieces without end is broken off', async () => {
    const server = await serve((_, response) => {
      const more = () => {
        while (response.write('a'.repeat(1_000)));
        response.once('drain', more);
      };
      more();
    });
    await expect(client().request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
    await server.drained();
  });

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('a small answer that unpacks to much more is broken off: %s', async (encoding, pack) => {
    const bomb = pack(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(bomb);
    });
    await expect(client().request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
  });

  test('what unpacks to the limit is taken', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('a'.repeat(1_000)));
    });
    const { body } = await client({ maxResponse: 1_000 }).request(get(server.origin));
    expect(body.length).toBe(1_000);
    await expect(client({ maxResponse: 999 }).request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_TOO_LARGE',
    });
    await expect(client().request(get(server.origin, { maxResponse: 10 }))).rejects.toMatchObject({
      code: 'HTTP_TOO_LARGE',
    });
  });

  test.each([
    ['gzip', 'no gzip at all', 'HTTP_RESPONSE'],
    ['gzip', gzipSync('a'.repeat(100)).subarray(0, 20), 'HTTP_RESPONSE'],
    ['zstd', 'a', 'HTTP_RESPONSE'],
    ['gzip, gzip', 'a', 'HTTP_RESPONSE'],
  ])('what cannot be unpacked is an error: %s', async (encoding, body, code) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(body);
    });
    await expect(client().request(get(server.origin))).rejects.toMatchObject({ code });
  });

  test('headers without end', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'x-a': 'a'.repeat(100_000) });
      response.end();
    });
    await expect(client().request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
  });

  test('a request that is too large is not sent', async () => {
    const server = await serve(ok);
    const request = { method: 'POST', url: server.origin, body: 'ä'.repeat(6) };
    await expect(client({ maxRequest: 11 }).request(request)).rejects.toMatchObject({ code: 'HTTP_TOO_LARGE' });
    expect(server.connections).toBe(0);
    await client({ maxRequest: 12 }).request(request);
  });
});

describe('addresses', () => {
  test('a literal address that is not allowed is not connected to', async () => {
    const server = await serve(ok);
    const http = client({ allow: [] });
    await expect(http.request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_BLOCKED',
      next: 'reject',
      details: { host: '127.0.0.1', port: server.port, address: '127.0.0.1' },
    });
    expect(server.connections).toBe(0);
  });

  test('a name that leads to a private address is not connected to', async () => {
    const server = await serve(ok);
    const http = client({ allow: [], resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    await expect(http.request(get(`http://public.example:${server.port}/`))).rejects.toMatchObject({
      code: 'HTTP_BLOCKED',
    });
    await expect(http.request(get(`http://localhost:${server.port}/`))).rejects.toMatchObject({ code: 'HTTP_BLOCKED' });
    expect(server.connections).toBe(0);
  });

  test('a name that changes its address after it was looked at gains nothing', async () => {
    const server = await serve(ok);
    // 192.0.2.1 stands for a public address that nobody answers at; it is allowed here, as such
    const answers = ['192.0.2.1', '127.0.0.1'];
    const asked: string[] = [];
    const http = client({
      allow: ['192.0.2.1'],
      connectTimeout: 20,
      resolve: async (name) => {
        asked.push(name);
        return [{ address: answers[Math.min(asked.length, 2) - 1]!, family: 4 }];
      },
    });
    const url = `http://rebinding.example:${server.port}/`;
    await expect(http.request(get(url))).rejects.toMatchObject({
      code: expect.stringMatching(/^HTTP_(TIMEOUT|CONNECT)$/),
    });
    await expect(http.request(get(url))).rejects.toMatchObject({ code: 'HTTP_BLOCKED' });
    expect(asked).toEqual(['rebinding.example', 'rebinding.example']);
    expect(server.connections).toBe(0);
  });

  test('of several addresses only permitted ones are used', async () => {
    const server = await serve(ok);
    const http = client({
      resolve: async () => [
        { address: '127.0.0.2', family: 4 },
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    await http.request(get(`http://many.example:${server.port}/`));
    expect(server.connections).toBe(1);
  });

  test('a name for which there is no address, and a port where nobody listens', async () => {
    const none = client({ resolve: async () => [] });
    await expect(none.request(get('http://nowhere.example/'))).rejects.toMatchObject({
      code: 'HTTP_CONNECT',
      next: 'retry',
      details: { reason: 'ENOTFOUND' },
    });
    const server = await serve(ok);
    await server.close();
    await expect(client().request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_CONNECT',
      details: { reason: 'ECONNREFUSED' },
    });
  });
});

describe('redirects', () => {
  const to =
    (location: string, status = 302): Handler =>
    (request, response) => {
      if (request.url === '/end') response.end('end');
      else response.writeHead(status, { location }).end();
    };

  test('are followed on the same connection', async () => {
    const server = await serve(to('/end'));
    expect((await client({ connections: 1 }).request(get(server.origin))).url).toBe(`${server.origin}/end`);
    expect(server.connections).toBe(1);
  });

  test('are not followed without end', async () => {
    const server = await serve(to('/again'));
    await expect(client().request(get(server.origin, { redirects: 3 }))).rejects.toMatchObject({
      code: 'HTTP_REDIRECT',
    });
    expect(server.received).toHaveLength(4);
    await expect(client().request(get(server.origin, { redirects: 0 }))).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      details: { status: 302 },
    });
  });

  test.each([
    'http://127.0.0.2/',
    'http://169.254.169.254/latest/',
    'http://[::1]/',
    '//127.0.0.2/',
    'http://2130706433/',
    'http://user:pass@127.0.0.1/',
    '/\\127.0.0.2/',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ])('to %s are refused', async (location) => {
    const server = await serve(to(location));
    await expect(client().request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_BLOCKED' });
    expect(server.received).toHaveLength(1);
  });

  test('to a name that leads into the private network are refused', async () => {
    const server = await serve(to('http://inside.example/'));
    const http = client({ resolve: async () => [{ address: '10.0.0.1', family: 4 }] });
    await expect(http.request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_BLOCKED' });
  });

  test('to another origin carry no credentials', async () => {
    const other = await serve(ok);
    const server = await serve(to(`${other.origin}/`, 307));
    const headers = {
      authorization: 'Bearer abc',
      cookie: 'a=b',
      'x-whatever': 'secret',
      'content-type': 'text/plain',
    };
    await client().request({ method: 'POST', url: server.origin, headers, body: 'body' });
    expect(server.received[0]!.headers).toMatchObject(headers);
    expect(other.received[0]).toMatchObject({ method: 'POST', body: 'body' });
    expect(other.received[0]!.headers).toMatchObject({ 'content-type': 'text/plain' });
    for (const name of ['authorization', 'cookie', 'x-whatever'])
      expect(other.received[0]!.headers).not.toHaveProperty(name);
  });

  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [302, 'PUT', 'PUT', 'body'],
  ])('%d turns %s into %s', async (status, method, then, body) => {
    const server = await serve(to('/end', status));
    const headers = { authorization: 'Bearer abc', 'content-type': 'text/plain', 'idempotency-key': 'k' };
    await client().request({ method, url: server.origin, headers, body: 'body' });
    expect(server.received[1]).toMatchObject({ method: then, body, headers: { authorization: 'Bearer abc' } });
    expect('content-type' in server.received[1]!.headers).toBe(body !== '');
  });
});

describe('headers', () => {
  test.each([
    [{ 'x-a': 'b\r\nx-c: d' }],
    [{ 'x-a': 'b\nx-c: d' }],
    [{ 'x-a': 'b\0' }],
    [{ 'x-a': '☃' }],
    [{ 'x-a\r\nx-c': 'b' }],
    [{ 'x a': 'b' }],
    [{ '': 'b' }],
    [{ Host: 'other.example' }],
    [{ 'content-length': '0' }],
    [{ 'Transfer-Encoding': 'chunked' }],
    [{ connection: 'upgrade' }],
    [{ 'proxy-authorization': 'a' }],
    [{ 'x-a': 'b', 'X-A': 'c' }],
  ])('%j are not sent', async (headers) => {
    const server = await serve(ok);
    await expect(
      client().request(get(server.origin, { headers: headers as Record<string, string> })),
    ).rejects.toMatchObject({
      code: 'HTTP_HEADER',
    });
    expect(server.connections).toBe(0);
  });
});

describe('unexpected statuses', () => {
  test.each([
    [400, 'reject'],
    [401, 'reject'],
    [404, 'reject'],
    [408, 'retry'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%d means to %s', async (status, next) => {
    const server = await serve((_, response) => void response.writeHead(status, { 'retry-after': '7' }).end('because'));
    await expect(client().request(get(server.origin))).rejects.toMatchObject({
      code: 'HTTP_STATUS',
      next,
      details: { status, body: 'because', ...(next === 'retry' ? { retryAfter: 7_000 } : undefined) },
    });
  });

  test('only the beginning of the answer is shown', async () => {
    const server = await serve((_, response) => void response.writeHead(404).end('a'.repeat(100_000)));
    const error = await client()
      .request(get(server.origin))
      .catch((thrown) => thrown);
    expect(error.details.body).toBe('a'.repeat(2_048));
  });

  test('secrets that the server repeats are not', async () => {
    const redactor = new Redactor();
    redactor.add('hunter2');
    const server = await serve(
      (request, response) => void response.writeHead(401).end(`who is hunter2? ${request.url}`),
    );
    const error = await client()
      .request(get(`${server.origin}/?api_key=open-sesame&page=2`, { redactor }))
      .catch((thrown) => thrown);
    expect(error.details.body).toBe('who is [redacted]? /?api_key=[redacted]&page=2');
    expect(error.message).toContain('api_key=redacted&page=2');
    expect(JSON.stringify(error)).not.toMatch(/hunter2|open-sesame/);
  });
});

describe('a server that does not speak HTTP', () => {
  test('is an error', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.resume().end('220 smtp.example ESMTP\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push({ close: () => new Promise((resolve) => server.close(resolve)) });
    const { port } = server.address() as { port: number };
    await expect(client().request(get(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({ code: 'HTTP_RESPONSE' });
    await expect(client().request(get(`https://127.0.0.1:${port}/`))).rejects.toMatchObject({ code: 'HTTP_TLS' });
  });
});

test('a closed client breaks off what is in flight and refuses what comes', async () => {
  const http = client();
  const server = await serve(() => void http.close());
  await expect(http.request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_CLOSED', next: 'retry' });
  await expect(http.request(get(server.origin))).rejects.toMatchObject({ code: 'HTTP_CLOSED' });
  await server.drained();
});

test('secrets come from a table or a function', async () => {
  const asked = { name: 'shop', tenant: 'acme', origin: 'https://api.example' };
  expect(await client({ secrets: { shop: 's3cret' } }).secret(asked)).toBe('s3cret');
  const secrets = ({ name, tenant, origin }: typeof asked) =>
    origin === 'https://api.example' ? `${tenant}:${name}` : undefined;
  expect(await client({ secrets }).secret(asked)).toBe('acme:shop');
  await expect(client({ secrets }).secret({ ...asked, origin: 'https://evil.example' })).rejects.toMatchObject({
    code: 'HTTP_SECRET',
  });
  await expect(client({ secrets }).secret({ ...asked, origin: 'http://10.0.0.1' })).rejects.toMatchObject({
    code: 'HTTP_BLOCKED',
  });
  await expect(client({ secrets: {} }).secret({ ...asked, name: 'toString' })).rejects.toMatchObject({
    code: 'HTTP_SECRET',
  });
});

test('a dispatcher of one’s own answers instead of the network', async () => {
  const agent = new MockAgent();
  agent.disableNetConnect();
  agent.get('https://api.example').intercept({ path: '/a' }).reply(200, 'mocked');
  const { body } = await client({ dispatcher: agent }).request(get('https://api.example/a'));
  expect(new TextDecoder().decode(body)).toBe('mocked');
  await expect(client({ dispatcher: agent }).request(get('http://10.0.0.1/'))).rejects.toMatchObject({
    code: 'HTTP_BLOCKED',
  });
});
