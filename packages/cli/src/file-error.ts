import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { FsmError, suggest } from '@fsm/core';

/** What the operating system said about a file, as a coded error that says what to try. Coded errors pass unchanged. */
export function fileError(path: string, error: unknown): FsmError {
  if (FsmError.is(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const fail = (name: string, sentence: string, hint: string) =>
    new FsmError(name, sentence, { hint, details: { file: path }, cause: error });
  switch (code) {
    case 'ENOENT':
      return fail('FILE_NOT_FOUND', `There is no file ${path}.`, suggestFile(path));
    case 'EISDIR':
      return fail('FILE_IS_DIRECTORY', `${path} is a directory, not a file.`, 'Name a file inside it.');
    case 'ENOTDIR':
      return fail('FILE_NOT_FOUND', `${path} goes through a file as if it were a directory.`, 'Check the path.');
    case 'EACCES':
    case 'EPERM':
      return fail('FILE_UNREADABLE', `${path} may not be read by this user.`, 'Change its permissions, or use a copy.');
    default:
      return fail('FILE_UNREADABLE', `${path} cannot be read: ${message}.`, 'Check the file and the disk it is on.');
  }
}

/** Says which file was probably meant. */
function suggestFile(path: string): string {
  const folder = dirname(path);
  try {
    const similar = suggest(basename(path), readdirSync(folder));
    if (similar !== undefined) return `Did you mean ${folder === '.' ? similar : `${folder}/${similar}`}?`;
    return `Check the name; ${folder} exists.`;
  } catch {
    return `Check the path; there is no directory ${folder}.`;
  }
}
