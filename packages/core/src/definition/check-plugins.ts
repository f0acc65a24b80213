import { pluginKeys } from './keys.ts';
import { at, formatPath, type Path, rootPath } from './path.ts';
import { checkKeys, expectObject, expectString, type Walk, wrongType } from './walk.ts';

const form = '["Logger", { "use": "Audit", "with": { … } }]';

/**
 * The `plugins` of the machine. Core knows only that a plugin has a name and options; `checkPlugin` of the options knows
 * which there are and what they take.
 */
export function checkPlugins(walk: Walk, plugins: unknown): void {
  const path = at(rootPath, 'plugins');
  if (!Array.isArray(plugins)) {
    wrongType(walk, plugins, path, 'a list', `Write \`${form}\`.`);
    return;
  }
  const seen = new Set<string>();
  plugins.forEach((plugin, index) => {
    checkPlugin(walk, plugin, at(path, index), seen);
  });
}

function checkPlugin(walk: Walk, plugin: unknown, path: Path, seen: Set<string>): void {
  if (typeof plugin !== 'string') {
    if (!expectObject(walk, plugin, path, `Write \`${form}\`.`)) return;
    checkKeys(walk, plugin, path, {
      what: 'a plugin',
      known: pluginKeys,
      habits: { name: 'Use `use`.', type: 'Use `use`.', options: 'Use `with`.', config: 'Use `with`.' },
    });
    if (!Object.hasOwn(plugin, 'use')) {
      walk.report.error('MISSING_KEY', path, 'The plugin has no `use`.', { hint: `Write \`${form}\`.` });
      return;
    }
    if (Object.hasOwn(plugin, 'with') && !expectObject(walk, plugin.with, at(path, 'with'))) return;
  }
  const place = typeof plugin === 'string' ? path : at(path, 'use');
  const name = typeof plugin === 'string' ? plugin : plugin.use;
  if (!expectString(walk, name, place)) return;
  if (name === '') {
    walk.report.error('INVALID_VALUE', place, 'The name of the plugin is empty.', { hint: 'Write a name.' });
  } else if (seen.has(name)) {
    walk.report.error('INVALID_VALUE', place, `The plugin \`${name}\` is used twice.`, { hint: 'Remove one of them.' });
  } else {
    for (const problem of walk.checkPlugin?.(plugin, formatPath(path)) ?? []) walk.report.adopt(path, problem);
  }
  seen.add(name);
}
