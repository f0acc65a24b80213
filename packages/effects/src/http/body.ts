import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { httpError } from './http-error.ts';

/**
 * Reads a response to its end. What is counted against `limit` is what comes out of the decompression, piece by piece: a
 * small response that unpacks to gigabytes is broken off as soon as it exceeds the limit.
 *
 * @throws FsmError HTTP_TOO_LARGE, HTTP_RESPONSE
 */
export async function readBody(
  body: Readable,
  encoding: string,
  length: string | undefined,
  limit: number,
): Promise<Buffer> {
  const unpack = decompressor(encoding);
  if (unpack === undefined && Number(length) > limit) {
    body.destroy();
    throw tooLarge(limit);
  }
  if (unpack === undefined) return collect(body, limit);
  // an error on either side ends both
  body.on('error', (error) => unpack.destroy(error));
  unpack.on('close', () => body.destroy());
  body.pipe(unpack);
  try {
    return await collect(unpack, limit);
  } catch (error) {
    if (!isPackingError(error)) throw error;
    throw httpError('HTTP_RESPONSE', `The response cannot be unpacked: it is not ${encoding}.`, { cause: error });
  }
}

/** The beginning of a response, for an error; the rest is not read. */
export async function readExcerpt(body: Readable, encoding: string, limit: number): Promise<Buffer> {
  const unpack = decompressor(encoding);
  const source = unpack === undefined ? body : body.pipe(unpack);
  if (unpack !== undefined) body.on('error', (error) => unpack.destroy(error));
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) break;
    }
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

async function collect(source: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    // leaving the loop destroys the source
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function decompressor(encoding: string) {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw httpError('HTTP_RESPONSE', `The response is packed as \`${encoding}\`, which was not asked for.`);
  }
}

function isPackingError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(Z_|ERR__?ZLIB|ERR_BROTLI|ERR__ERROR_FORMAT|ERR__)/.test(code);
}

function tooLarge(limit: number) {
  return httpError('HTTP_TOO_LARGE', `The response is larger than ${limit} bytes.`, {
    hint: 'Ask for less, or raise `maxResponse` of the HTTP client.',
    details: { limit },
  });
}
