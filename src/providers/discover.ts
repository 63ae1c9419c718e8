import type { ProviderConfig } from './provider.ts';
import { KEYED, LOCAL } from './rows.ts';
import { join } from './url.ts';

/** What was found on this machine without any config. */
export interface Discovery {
  /** By name, in order of preference: own servers first. */
  providers: Record<string, ProviderConfig>;
  /** One sentence for each thing found or left alone, for people. */
  notes: string[];
}

/**
 * Looks for model servers on the usual local ports and for API keys in the usual variables. A port whose answer is no list of models
 * is left alone and said so.
 * @param probe GETs a URL with a short deadline: the parsed JSON or text of any answer, undefined when nobody answers
 */
export async function discover(
  env: Readonly<Record<string, string | undefined>>,
  probe: (url: string) => Promise<unknown>,
): Promise<Discovery> {
  const answers = await Promise.all(LOCAL.map((row) => probe(join(row.url, '/v1/models')).catch(() => undefined)));
  const providers: Record<string, ProviderConfig> = {};
  const notes: string[] = [];
  LOCAL.forEach(({ name, title, dialect, url, zone, quirks }, at) => {
    const answer = answers[at];
    if (answer === undefined) return;
    const count = modelCount(answer);
    const { host } = new URL(url);
    if (count === undefined) notes.push(`${host} answers, but not with a list of models as ${title} does; it is left alone`);
    else {
      providers[name] = { use: name, dialect, url, zone, ...(quirks && { quirks: [...quirks] }) };
      notes.push(`${title} at ${host} with ${count === 1 ? '1 model' : `${count} models`}`);
    }
  });
  for (const { name, title, dialect, url, zone, quirks, variables, elsewhere = [] } of KEYED) {
    const variable = variables.find((one) => env[one]?.trim());
    if (variable === undefined) continue;
    const redirect = elsewhere.find((one) => env[one]?.trim() && hostOf(env[one]) !== hostOf(url));
    if (redirect !== undefined) {
      notes.push(
        `${variable} is left alone, because ${redirect} says it belongs to another host; name the provider in the config to use it`,
      );
      continue;
    }
    providers[name] = { use: name, dialect, url, zone, key: env[variable]!.trim(), ...(quirks && { quirks: [...quirks] }) };
    notes.push(`${title} by ${variable}`);
  }
  return { providers, notes };
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url.trim()) ? new URL(url.trim()).host : undefined;
}

/** How many models an answer lists; undefined when it is no such list. An empty list is one: a server without models yet. */
function modelCount(answer: unknown): number | undefined {
  const data = answer !== null && typeof answer === 'object' && 'data' in answer ? answer.data : undefined;
  // Ollama without models says null.
  if (data === null && (answer as { object?: unknown }).object === 'list') return 0;
  if (!Array.isArray(data)) return undefined;
  return data.every((model) => typeof (model as { id?: unknown } | null)?.id === 'string') ? data.length : undefined;
}
