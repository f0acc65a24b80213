import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FsmError, type ImportedScxml, importScxml } from '@fsm/core';

/** An SCXML document with what its `src` attributes name, as far as that lies in the folder of the document. */
export function importScxmlFile(path: string, text: string): ImportedScxml {
  try {
    return importScxml(text, { load: loaderFor(dirname(path)) });
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    const { line, column } = error.details ?? {};
    const place = line === undefined ? path : `${path}:${line}:${column ?? 1}`;
    throw new FsmError(error.code, `${place} ${error.message}`, {
      ...(error.hint === undefined ? undefined : { hint: error.hint }),
      details: { ...error.details, file: path },
      cause: error,
    });
  }
}

/** Larger files are no part of any machine. */
const mostBytes = 1_048_576;

/**
 * Reads files by the addresses in a document: relative ones, and `file:` URIs. What does not exist, or lies outside the
 * folder (also behind a link), is not read; nothing comes from the network.
 */
function loaderFor(folder: string): (address: string) => string | undefined {
  const root = realpathSync(folder);
  return (address) => {
    try {
      const path = realpathSync(resolve(root, pathOf(address)));
      const inside = relative(root, path);
      if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return undefined;
      const status = statSync(path);
      return status.isFile() && status.size <= mostBytes ? readFileSync(path, 'utf8') : undefined;
    } catch (error) {
      // an address that names no file, or is none
      if (error instanceof Error && 'code' in error) return undefined;
      if (error instanceof URIError) return undefined;
      throw error;
    }
  };
}

function pathOf(address: string): string {
  return address.startsWith('file:') ? fileURLToPath(address) : decodeURIComponent(address);
}
