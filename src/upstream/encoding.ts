import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { GatewayError } from '../protocol/errors.ts';

const DECODERS = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** A push decoder of one content-encoding; undefined for an encoding we do not know. Output follows each input at once, so streams stay streams. */
export function decoder(
  encoding: string,
  onBytes: (bytes: Buffer) => void,
  onError: (error: GatewayError) => void,
  onEnd: () => void,
): { write(bytes: Buffer): void; end(): void } | undefined {
  const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding as keyof typeof DECODERS] : undefined;
  if (!create) return undefined;
  const stream = create();
  stream.on('data', onBytes);
  stream.on('end', onEnd);
  stream.on('error', (cause) => onError(new GatewayError('malformed', `the body is not valid ${encoding}`, { cause })));
  return { write: (bytes) => void stream.write(bytes), end: () => void stream.end() };
}
