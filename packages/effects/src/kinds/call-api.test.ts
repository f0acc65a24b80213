import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { execute } from '../execute.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { createServices } from '../services/services.ts';
import { type Handler, startServer, type TestServer } from '../testing/http-server.ts';
import { TestHost, type TestHostOptions } from '../testing/test-host.ts';

const closing: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((made) => made.close()));
});

async function serve(handler: Handler): Promise<TestServer> {
  const server = await startServer(handler);
  closing.push(server);
  return server;
}

function registry(http: Parameters<typeof createRegistry>[0] = {}): Registry {
  const made = createRegistry({ http: { allow: ['127.0.0.1'], secrets: { shop: 'hunter22' } }, ...http });
  closing.unshift(made);
  return made;
}

async function callApi(parameters: object, options: TestHostOptions = {}, made = registry()) {
  const host = new TestHost(options);
  const result = await Promise.resolve()
    .then(() => execute(made.prepare({ type: 'call_api', ...parameters }), host))
    .then(
      (output) => ({ output, error: undefined }),
      (error) => ({ output: undefined, error }),
    );
  return { ...result, host };
}

const echo: Handler = ({ method, url, headers, body }, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ method, url, headers, body }));
};

function problems(parameters: object): { code: string; path?: string | undefined }[] {
  return registry().check({ type: 'call_api', url: 'https://api.example/', ...parameters });
}

describe('the request', () => {
  test('goes on with the trace it is made in, unless it has headers for that of its own', async () => {
    const server = await serve(echo);
    const traced = async (parameters: object) => {
      const host = Object.assign(new TestHost(), { traceparent: (path: string) => `trace of "${path}"` });
      await execute(registry().prepare({ type: 'call_api', url: server.origin, ...parameters }), host);
      return server.received.at(-1)!.headers.traceparent;
    };
    expect(await traced({})).toBe('trace of ""');
    expect(await traced({ headers: { Traceparent: 'mine' } })).toBe('mine');
    await callApi({ url: server.origin });
    expect(server.received.at(-1)!.headers).not.toHaveProperty('traceparent');
  });

  test('is made of templates', async () => {
    const server = await serve(echo);
    const { output } = await callApi(
      {
        method: 'POST',
        url: `${server.origin}/orders/{{ context.id }}`,
        query: { q: '{{ context.q }}', page: 2, tags: ['a', 'b c'], none: null },
        headers: { 'X-Id': '{{ context.id }}', 'X-None': null },
        body: { lines: '{{ context.lines }}' },
      },
      { context: { id: 7, q: 'a&b=c', lines: [1, 2] } },
    );
    expect(output).toMatchObject({
      status: 200,
      body: {
        method: 'POST',
        url: '/orders/7?q=a%26b%3Dc&page=2&tags=a&tags=b+c',
        headers: { 'x-id': '7', 'content-type': 'application/json' },
        body: '{"lines":[1,2]}',
      },
    });
    expect(server.received[0]!.headers).not.toHaveProperty('x-none');
  });

  test('may send text, of whatever kind', async () => {
    const server = await serve(echo);
    await callApi({ method: 'PUT', url: server.origin, text: 'a{{ 1 }}', headers: { 'Content-Type': 'text/csv' } });
    expect(server.received[0]).toMatchObject({ body: 'a1', headers: { 'content-type': 'text/csv' } });
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s carries the idempotency key of the step', async (method) => {
    const server = await serve(echo);
    await callApi({ method, url: server.origin }, { id: 'acme/order-1/0#1' });
    expect(server.received[0]!.headers['idempotency-key']).toBe('acme/order-1/0#1:');
  });

  test('a key that no header can hold is sent as its hash', async () => {
    const server = await serve(echo);
    for (const id of ['ä', 'a'.repeat(300)]) await callApi({ method: 'POST', url: server.origin }, { id });
    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[1]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  test('GET and whoever does not want it carry no key', async () => {
    const server = await serve(echo);
    await callApi({ url: server.origin });
    await callApi({ method: 'POST', url: server.origin, idempotencyKey: false });
    for (const { headers } of server.received) expect(headers).not.toHaveProperty('idempotency-key');
  });

  test('is the same in every attempt of a retry', async () => {
    let attempts = 0;
    const server = await serve((request, response, incoming) => {
      attempts += 1;
      if (attempts < 3) response.writeHead(503).end();
      else echo(request, response, incoming);
    });
    const effect = { type: 'call_api', method: 'POST', url: server.origin };
    const retried = { type: 'retry', attempts: 3, delay: 0, effect };
    await execute(registry().prepare(retried), new TestHost());
    expect(server.received.map(({ headers }) => headers['idempotency-key'])).toEqual(
      ['test:', 'test:', 'test:'].map((key) => expect.stringContaining(key)),
    );
    expect(new Set(server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });
});

describe('the answer', () => {
  const answer =
    (type: string | undefined, body: string | Buffer, status = 200): Handler =>
    (_, response) => {
      if (type !== undefined) response.setHeader('content-type', type);
      response.writeHead(status).end(body);
    };

  test.each([
    ['application/json', '{"a":1}', 'auto', { a: 1 }],
    ['application/problem+json; charset=utf-8', '[1]', 'auto', [1]],
    ['text/plain', '{"a":1}', 'auto', '{"a":1}'],
    [undefined, '{"a":1}', 'auto', '{"a":1}'],
    ['text/plain', '{"a":1}', 'json', { a: 1 }],
    ['application/json', '{"a":1}', 'text', '{"a":1}'],
    ['text/plain; charset=iso-8859-1', Buffer.from([0xe4]), 'auto', 'ä'],
    ['text/plain; charset=klingon', 'ä', 'auto', 'ä'],
    ['application/json', '', 'auto', null],
    ['text/plain', '', 'text', ''],
  ])('%s %s read as %s', async (type, body, response, expected) => {
    const server = await serve(answer(type, body));
    const { output } = await callApi({ url: server.origin, response });
    expect(output).toMatchObject({ status: 200, body: expected });
  });

  test('is told with its headers, without those of the transport', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', etag: '"1"', date: 'now' }).end(gzipSync('a'));
    });
    const { output } = await callApi({ url: server.origin });
    expect(output).toEqual({ status: 200, headers: { etag: '"1"', date: 'now' }, body: 'a' });
  });

  test('that is not the JSON it should be is an error', async () => {
    const server = await serve(answer('application/json', '{'));
    expect((await callApi({ url: server.origin })).error).toMatchObject({
      code: 'HTTP_RESPONSE',
      next: 'reject',
      path: '',
    });
  });

  test('with names of JavaScript in it is not kept', async () => {
    const server = await serve(answer('application/json', '{"__proto__":{"admin":true}}'));
    expect((await callApi({ url: server.origin })).error).toMatchObject({ code: 'EFFECT_RESULT' });
  });

  test.each([
    [404, undefined, 'HTTP_STATUS'],
    [404, [404], undefined],
    [404, ['2xx', '4xx'], undefined],
    [200, [404], 'HTTP_STATUS'],
    [302, ['3xx'], undefined],
  ])('%d when %j is expected', async (status, expected, code) => {
    const server = await serve(answer(undefined, 'a', status));
    const { error } = await callApi({ url: server.origin, ...(expected && { expect: expected }) });
    expect(error?.code).toBe(code);
  });

  test('a server that is busy says how long to wait', async () => {
    const server = await serve((_, response) => {
      const date = 'Wed, 21 Oct 2015 07:28:00 GMT';
      response.writeHead(429, { date, 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT' }).end();
    });
    expect((await callApi({ url: server.origin })).error).toMatchObject({
      code: 'HTTP_STATUS',
      next: 'retry',
      details: { status: 429, retryAfter: 30_000, kind: 'call_api' },
    });
  });

  test('is broken off when it is larger than asked for', async () => {
    const server = await serve(answer(undefined, 'a'.repeat(100)));
    const { error } = await callApi({ url: server.origin, maxResponse: 99 });
    expect(error).toMatchObject({ code: 'HTTP_TOO_LARGE' });
  });
});

describe('credentials', () => {
  test.each([
    [{ auth: { bearer: '{{ context.token }}' } }, 'Bearer t0ken'],
    [{ auth: { bearer: { secret: 'shop' } } }, 'Bearer hunter22'],
    [
      { auth: { basic: { user: 'ädmin', password: { secret: 'shop' } } } },
      `Basic ${Buffer.from('ädmin:hunter22').toString('base64')}`,
    ],
    [{ headers: { Authorization: { secret: 'shop' } } }, 'hunter22'],
  ])('%j', async (parameters, expected) => {
    const server = await serve(echo);
    await callApi({ url: server.origin, ...parameters }, { context: { token: 't0ken' } });
    expect(server.received[0]!.headers.authorization).toBe(expected);
  });

  test.each([
    { auth: { bearer: '{{ context.token }}' } },
    { auth: { bearer: { secret: 'shop' } } },
    { auth: { basic: { user: 'me', password: '{{ context.token }}' } } },
    { headers: { 'X-Api-Key': '{{ context.token }}' } },
    { headers: { Cookie: 'sid={{ context.token }}' } },
    { headers: { 'X-Mine': { secret: 'shop' } } },
    { query: { access_token: '{{ context.token }}' } },
  ])('%j appear in no error, record or report, whatever the server says', async (parameters) => {
    const server = await serve(({ url, headers }, response) => {
      response.setHeader('set-cookie', 'sid=hunter22');
      response.setHeader('x-echo', JSON.stringify({ url, ...headers }));
      if (url.startsWith('/bad')) response.statusCode = 401;
      response.end(url.startsWith('/bad') ? JSON.stringify({ url, headers }) : '');
    });
    const secret = /hunter22|t0ken|aHVudGVy|dDBrZW4|bWU6dDBr/;
    for (const path of ['/bad', '/good']) {
      const effects = [{ type: 'call_api', url: `${server.origin}${path}`, ...parameters }];
      const host = new TestHost({ context: { token: 't0ken' }, watched: true });
      const outcome = host.outcome(() => execute(registry().prepare({ type: 'sequence', effects }), host));
      while (outcome.settled === undefined) await host.rest();
      expect(JSON.stringify([outcome.settled, host.records, host.reports, host.logs])).not.toMatch(secret);
      expect(host.records.length).toBeGreaterThan(0);
    }
    expect(JSON.stringify(server.received[0])).toMatch(secret);
  });

  test('a secret that nobody configured is an error before anything is sent', async () => {
    const server = await serve(echo);
    const { error } = await callApi({ url: server.origin, auth: { bearer: { secret: 'other' } } });
    expect(error).toMatchObject({ code: 'HTTP_SECRET', details: { asked: 'other' } });
    expect(server.connections).toBe(0);
  });
});

describe('cancelling', () => {
  test('closes the connection at once', async () => {
    const host = new TestHost();
    const server = await serve(() => host.abort());
    const effect = registry().prepare({ type: 'call_api', url: server.origin });
    await expect(async () => execute(effect, host)).rejects.toMatchObject({ code: 'EXECUTION_CANCELLED' });
    await server.drained();
    expect(host.violations).toEqual([]);
  });

  test('the loser of a race closes its connection', async () => {
    const slow = await serve(() => {});
    const fast = await serve((_, response) => void response.end('fast'));
    const branches = [slow, fast].map(({ origin }) => ({ type: 'call_api', url: origin }));
    const effect = registry().prepare({ type: 'race', effects: branches });
    expect(await execute(effect, new TestHost())).toMatchObject({ body: 'fast' });
    await slow.drained();
  });
});

describe('what stands in a definition', () => {
  test.each([
    [{ url: 'file:///etc/passwd' }, '$.url'],
    [{ url: 'http://user:pass@api.example/' }, '$.url'],
    [{ url: 'http://0x7f.1/' }, '$.url'],
    [{ headers: { Host: 'a' } }, '$.headers.Host'],
    [{ headers: { 'a b': 'a' } }, '$.headers["a b"]'],
    [{ headers: { authorization: 'a' }, auth: { bearer: 'b' } }, '$.headers.authorization'],
    [{ method: 'POST', body: 1, text: 'a' }, '$.text'],
    [{ body: {} }, '$.body'],
    [{ method: 'GET', text: 'a' }, '$.text'],
    [{ method: 'BREW' }, '$.method'],
    [{ expect: [99] }, '$.expect[0]'],
    [{ auth: { token: 'a' } }, '$.auth'],
    [{ timeout: 'soon()' }, '$.timeout'],
  ])('%j is a problem', (parameters, path) => {
    expect(problems(parameters).map((problem) => problem.path)).toEqual([expect.stringContaining(path)]);
  });

  test('an URL that only shows itself when it runs is checked then', async () => {
    expect(problems({ url: '{{ context.url }}' })).toEqual([]);
    for (const [url, code] of [
      ['file:///etc/passwd', 'HTTP_BLOCKED'],
      ['http://10.0.0.1/', 'HTTP_BLOCKED'],
      ['nonsense', 'HTTP_URL'],
      [7, 'HTTP_URL'],
      [null, 'EFFECT_PARAMETERS'],
    ] as const) {
      expect((await callApi({ url: '{{ context.url }}' }, { context: { url } })).error).toMatchObject({ code });
    }
  });

  test('POST without key must not be retried; with one, and other methods, may', () => {
    const once = (parameters: object) => {
      const effect = { type: 'call_api', url: 'https://api.example/', ...parameters };
      return registry()
        .check({ type: 'retry', attempts: 2, effect })
        .map(({ code }) => code);
    };
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'POST', 'PATCH']) expect(once({ method })).toEqual([]);
    expect(once({ method: 'POST', idempotencyKey: false })).toEqual(['RETRY_ONCE']);
    expect(once({ method: 'PATCH', idempotencyKey: false })).toEqual(['RETRY_ONCE']);
    expect(once({ method: 'PUT', idempotencyKey: false })).toEqual([]);
    expect(once({ method: 'POST', repeat: 'once' })).toEqual(['RETRY_ONCE']);
    expect(once({ method: 'POST', idempotencyKey: false, repeat: 'idempotent' })).toEqual([]);
  });
});

test('executions with services share their connections, and lose them with the services', async () => {
  const server = await serve(echo);
  const services = createServices();
  const effect = registry({ http: { allow: ['127.0.0.1'], connections: 1 } }).prepare({
    type: 'call_api',
    url: server.origin,
  });
  for (const id of ['one', 'two']) await execute(effect, Object.assign(new TestHost({ id }), { services }));
  expect(server.connections).toBe(1);
  await services.close();
  await server.drained();
});

test('a registry with a rule that cannot be read is refused', () => {
  expect(() => createRegistry({ http: { allow: ['10.0.0.0/99'] } })).toThrow(
    expect.objectContaining({ code: 'HTTP_RULE' }),
  );
});
