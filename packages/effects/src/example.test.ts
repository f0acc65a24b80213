import { describe, expect, test } from 'vitest';
import type { EffectExample } from './example.ts';
import { execute } from './execute.ts';
import { builtInKinds } from './kinds.ts';
import { createRegistry } from './registry.ts';
import { TestHost } from './testing/test-host.ts';

describe.each(builtInKinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  test('has an example that uses it', () => {
    expect(kind.examples?.length).toBeGreaterThan(0);
    for (const { effect } of kind.examples!) expect(JSON.stringify(effect)).toContain(`"type":"${name}"`);
  });

  test.each(kind.examples ?? [])('$title', async (example: EffectExample) => {
    expect(example.title).toMatch(/^[A-Z].*[^.]$/);
    expect(JSON.parse(JSON.stringify(example.effect))).toEqual(example.effect);
    const { functions = {}, context = {}, http } = example;
    const registry = createRegistry({ functions, ...(http && { http }) });
    expect(registry.check(example.effect)).toEqual([]);
    const host = Object.assign(new TestHost({ context }), example.host);
    const watched = host.outcome(() => execute(registry.prepare(example.effect), host));
    await host.finish();
    if (example.error === undefined) expect(watched.settled).toEqual({ output: example.output });
    else expect(watched.settled).toMatchObject({ error: { code: example.error } });
  });
});
