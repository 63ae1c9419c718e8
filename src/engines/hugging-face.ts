import { get, type Http, readText } from './http.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** One file of a repository. */
export interface HubFile {
  name: string;
  bytes: number;
  sha256: string | undefined;
}

/** What is to be fetched from the hub: one file, or all shards of one. */
export interface HubChoice {
  files: (HubFile & { url: string })[];
  headers: Record<string, string>;
  license: string | undefined;
}

// What runs well on most machines first: the best answers for a quarter of the size.
const PREFERRED_QUANTS = ['Q4_K_M', 'Q4_K_S', 'Q4_0', 'Q5_K_M', 'Q4_1', 'Q6_K', 'Q8_0', 'Q3_K_M', 'Q2_K', 'F16', 'BF16', 'F32'];

/**
 * Finds the GGUF to fetch in a Hugging Face repository. Reads HF_ENDPOINT and HF_TOKEN.
 * @throws Error when the repository is missing, closed, or has no such file
 */
export async function findOnHub(
  wanted: { owner: string; repo: string; file?: string; quant?: string },
  env: Env,
  http: Http,
  signal: AbortSignal,
): Promise<HubChoice> {
  const endpoint = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '');
  const token = env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN'];
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const repo = `${wanted.owner}/${wanted.repo}`;
  const reply = await get(http, `${endpoint}/api/models/${repo}?blobs=true`, headers, signal);
  const text = await readText(reply);
  if (reply.status === 401 || reply.status === 403 || reply.status === 404) {
    throw new Error(
      `${endpoint} has no ${repo} that ${token ? 'this HF_TOKEN' : 'an anonymous reader'} may see (${reply.status}).${token ? '' : ' If it is gated, set HF_TOKEN.'}`,
    );
  }
  if (reply.status !== 200) throw new Error(`${endpoint} answered ${reply.status} for ${repo}.`);
  const card = parse(text, endpoint);
  const names = chooseFiles(
    card.files.map((file) => file.name),
    wanted,
    repo,
  );
  const files = card.files
    .filter((file) => names.includes(file.name))
    .map((file) => ({
      ...file,
      url: `${endpoint}/${repo}/resolve/${card.revision}/${file.name.split('/').map(encodeURIComponent).join('/')}`,
    }));
  return { files, headers, license: card.license };
}

/**
 * Chooses among file names: the named file, or the wanted or best-liked quantisation, with all shards of a split one. Pure.
 * @throws Error that lists what there is
 */
export function chooseFiles(names: readonly string[], wanted: { file?: string; quant?: string }, repo: string): string[] {
  // A projector only adds sight to another file; it is no model by itself.
  const models = names.filter((name) => /\.gguf$/i.test(name) && !/mmproj/i.test(name));
  if (models.length === 0) throw new Error(`${repo} has no GGUF file. Look for a repository whose name ends in -GGUF.`);
  const quants = wanted.quant === undefined ? PREFERRED_QUANTS : [wanted.quant];
  const first =
    wanted.file !== undefined
      ? names.find((name) => name === wanted.file)
      : (quants.map((quant) => models.filter((name) => hasQuant(name, quant)).sort(byShard)[0]).find((name) => name !== undefined) ??
        (wanted.quant === undefined ? [...models].sort(byShard)[0] : undefined));
  if (first === undefined) throw new Error(`${repo} has no ${wanted.file ?? wanted.quant}. It has: ${models.slice(0, 20).join(', ')}`);
  const shard = /^(.*)-\d{5}-of-(\d{5})\.gguf$/i.exec(first);
  return shard === null ? [first] : models.filter((name) => name.startsWith(`${shard[1]}-`) && name.includes(`-of-${shard[2]}.`)).sort();
}

function hasQuant(name: string, quant: string): boolean {
  return new RegExp(`(^|[-._/])${quant.replace(/[.]/g, '\\.')}([-._]|$)`, 'i').test(name);
}

function byShard(a: string, b: string): number {
  return a.length - b.length || a.localeCompare(b);
}

function parse(text: string, endpoint: string): { files: HubFile[]; revision: string; license: string | undefined } {
  let body: {
    sha?: string;
    cardData?: { license?: unknown };
    siblings?: { rfilename?: unknown; size?: unknown; lfs?: { sha256?: string; size?: number } }[];
  };
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`${endpoint} did not answer with JSON; is HF_ENDPOINT a Hugging Face mirror?`);
  }
  const files = (body.siblings ?? []).flatMap(({ rfilename, size, lfs }) =>
    typeof rfilename === 'string' ? [{ name: rfilename, bytes: Number(lfs?.size ?? size ?? 0), sha256: lfs?.sha256 }] : [],
  );
  const license = body.cardData?.license;
  return { files, revision: body.sha ?? 'main', license: typeof license === 'string' ? license : undefined };
}
