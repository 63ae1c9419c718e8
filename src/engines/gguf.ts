import { type FileHandle, open } from 'node:fs/promises';

/** What a GGUF file says of itself in its head; the weights are not read. */
export interface GgufFacts {
  architecture: string;
  name: string | undefined;
  license: string | undefined;
  /** Such as Q4_K_M; undefined when the file does not say. */
  quantisation: string | undefined;
  parameters: number;
  /** Tokens of the window it was trained with. */
  contextTokens: number | undefined;
  hasChatTemplate: boolean;
  /** Numbers kept for each token of context over all layers, keys and values; undefined when it cannot be told. */
  cacheWidth: number | undefined;
  fileBytes: number;
}

type Value = string | number | boolean | bigint | undefined;

// llama.cpp's llama_ftype.
const FILE_TYPES: Record<number, string> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  38: 'MXFP4',
};
const MOST_ENTRIES = 100_000;
const MOST_TEXT_BYTES = 16 * 1024 * 1024;
const STRING = 8;
const ARRAY = 9;
const SIZES: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/** Whether a file begins as a GGUF does. */
export async function isGguf(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'GGUF';
  } finally {
    await file.close();
  }
}

/**
 * Reads the head of a GGUF file.
 * @throws Error when it is no GGUF, of an unknown version, or damaged
 */
export async function readGguf(path: string): Promise<GgufFacts> {
  const file = await open(path);
  try {
    const fileBytes = (await file.stat()).size;
    const reader = new Reader(file, path);
    if ((await reader.take(4)).toString('latin1') !== 'GGUF') throw new Error(`${path} is not a GGUF file.`);
    const version = (await reader.take(4)).readUInt32LE(0);
    if (version < 2 || version > 3) throw new Error(`${path} is a GGUF of version ${version}; 2 and 3 are known.`);
    const tensors = await reader.count();
    const entries = await reader.count();
    const meta = new Map<string, Value>();
    for (let i = 0; i < entries; i++) {
      const key = await reader.text();
      meta.set(key, await reader.value((await reader.take(4)).readUInt32LE(0)));
    }
    let parameters = 0;
    for (let i = 0; i < tensors; i++) {
      await reader.text();
      let size = 1;
      const dimensions = (await reader.take(4)).readUInt32LE(0);
      for (let d = 0; d < dimensions; d++) size *= await reader.long();
      await reader.take(12);
      parameters += size;
    }
    return facts(meta, parameters, fileBytes);
  } finally {
    await file.close();
  }
}

function facts(meta: ReadonlyMap<string, Value>, parameters: number, fileBytes: number): GgufFacts {
  const text = (key: string) => {
    const value = meta.get(key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const architecture = text('general.architecture') ?? 'unknown';
  const number = (key: string) => {
    const value = meta.get(`${architecture}.${key}`);
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  };
  const heads = number('attention.head_count');
  const width = number('embedding_length');
  const headWidth = heads && width ? width / heads : undefined;
  const keys = number('attention.key_length') ?? headWidth;
  const values = number('attention.value_length') ?? headWidth;
  const layers = number('block_count');
  const cacheHeads = number('attention.head_count_kv') ?? heads;
  const fileType = meta.get('general.file_type');
  return {
    architecture,
    name: text('general.name'),
    license: text('general.license'),
    quantisation: typeof fileType === 'number' ? FILE_TYPES[fileType] : undefined,
    parameters,
    contextTokens: number('context_length'),
    hasChatTemplate: text('tokenizer.chat_template') !== undefined,
    cacheWidth: layers && cacheHeads && keys && values ? layers * cacheHeads * (keys + values) : undefined,
    fileBytes,
  };
}

/** Reads forward through a file in large steps. */
class Reader {
  readonly #file: FileHandle;
  readonly #path: string;
  #buffer = Buffer.alloc(0);
  #at = 0;
  #position = 0;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async take(bytes: number): Promise<Buffer> {
    if (this.#buffer.length - this.#at < bytes) {
      const rest = this.#buffer.subarray(this.#at);
      const { buffer, bytesRead } = await this.#file.read(
        Buffer.alloc(Math.max(bytes, 1 << 20)),
        0,
        Math.max(bytes, 1 << 20),
        this.#position,
      );
      this.#position += bytesRead;
      this.#buffer = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      this.#at = 0;
      if (this.#buffer.length < bytes) throw new Error(`${this.#path} is damaged: it ends in the middle of its head.`);
    }
    this.#at += bytes;
    return this.#buffer.subarray(this.#at - bytes, this.#at);
  }

  async long(): Promise<number> {
    return Number((await this.take(8)).readBigUInt64LE(0));
  }

  async count(): Promise<number> {
    return this.#sane(await this.long(), MOST_ENTRIES);
  }

  async text(): Promise<string> {
    return (await this.take(this.#sane(await this.long(), MOST_TEXT_BYTES))).toString('utf8');
  }

  // Lists (vocabularies) are walked over: nothing here needs them, and they are megabytes.
  async value(type: number): Promise<Value> {
    if (type === STRING) return this.text();
    if (type === ARRAY) {
      const of = (await this.take(4)).readUInt32LE(0);
      const length = this.#sane(await this.long(), 16_000_000);
      if (of === STRING) for (let i = 0; i < length; i++) await this.take(this.#sane(await this.long(), MOST_TEXT_BYTES));
      else if (SIZES[of] !== undefined)
        for (let left = length * (SIZES[of] as number); left > 0; left -= 1 << 20) await this.take(Math.min(left, 1 << 20));
      else throw new Error(`${this.#path} is damaged: a list of unknown type ${of}.`);
      return undefined;
    }
    const size = SIZES[type];
    if (size === undefined) throw new Error(`${this.#path} is damaged: its head holds a value of unknown type ${type}.`);
    const bytes = await this.take(size);
    switch (type) {
      case 0:
        return bytes.readUInt8(0);
      case 1:
        return bytes.readInt8(0);
      case 2:
        return bytes.readUInt16LE(0);
      case 3:
        return bytes.readInt16LE(0);
      case 4:
        return bytes.readUInt32LE(0);
      case 5:
        return bytes.readInt32LE(0);
      case 6:
        return bytes.readFloatLE(0);
      case 7:
        return bytes.readUInt8(0) !== 0;
      case 10:
        return bytes.readBigUInt64LE(0);
      case 11:
        return bytes.readBigInt64LE(0);
      default:
        return bytes.readDoubleLE(0);
    }
  }

  #sane(value: number, most: number): number {
    if (value > most) throw new Error(`${this.#path} is damaged: its head names a length of ${value}.`);
    return value;
  }
}
