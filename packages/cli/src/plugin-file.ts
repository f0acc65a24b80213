import { FsmError } from '@fsm/core';
import { definePlugin, type Plugin } from '@fsm/runtime';
import { importModule } from './machine-file.ts';

/**
 * The plugins of a module: its default export, one or a list of them. None without a path.
 *
 * Throws FILE_NOT_FOUND and its kin, MODULE_FAILED, MODULE_EMPTY, PLUGIN_INVALID.
 */
export async function readPlugins(path: string | undefined): Promise<readonly Plugin[]> {
  if (path === undefined) return [];
  const { default: given } = await importModule(path);
  const plugins: unknown[] = Array.isArray(given) ? given : [given];
  if (plugins.length === 0 || plugins.some((plugin) => typeof plugin !== 'object' || plugin === null)) {
    throw new FsmError('MODULE_EMPTY', `${path} exports no plugins.`, {
      hint: 'Write "export default definePlugin({ … })", or a list of them.',
      details: { file: path },
    });
  }
  return plugins.map((plugin) => definePlugin(plugin as Plugin));
}
