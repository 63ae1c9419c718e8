import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { GatewayError } from '../protocol/errors.ts';

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

function tooLarge(limit: number): GatewayError {
  const mib = Math.floor(limit / 1024 / 1024);
  return new GatewayError('too-large', `the body exceeds ${mib} MiB; send less, or raise server.body_limit_mib`, { field: 'body' });
}

/**
 * A request's body, decoded from gzip, deflate, br or zstd (Codex sends zstd on long sessions).
 * @param limit bytes, applied to what is received and to what comes out of the decoder
 * @throws GatewayError `too-large`, `invalid` for a body that cannot be decoded, `cancelled` when the client left
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) return Promise.reject(tooLarge(limit));
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  const received = collect(request, limit);
  return !encoding || encoding === 'identity' ? received : received.then((bytes) => decoded(bytes, encoding, limit));
}

async function decoded(bytes: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const decode = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding as keyof typeof DECODERS] : undefined;
  if (!decode) {
    const known = Object.keys(DECODERS).join(', ');
    throw new GatewayError('invalid', `content-encoding: "${encoding}" is unknown; send ${known} or identity`, {
      status: 415,
      field: 'content-encoding',
    });
  }
  try {
    return await decode(bytes, { maxOutputLength: limit });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new GatewayError('invalid', `the body is not valid ${encoding}: send it uncompressed or compress it again`, {
      field: 'body',
      cause,
    });
  }
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        // What still comes is read and dropped, so that the client gets to see the answer instead of a reset.
        chunks.length = 0;
        reject(tooLarge(limit));
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const left = () => reject(new GatewayError('cancelled', 'the client left while sending its request'));
    request.on('aborted', left);
    request.on('error', left);
  });
}
