import { keyLine } from '../config/load.ts';
import { alias, asName, type Draft, fields, leave, list, model, provider, said } from './import-draft.ts';
import names from './import-names.json' with { type: 'json' };

type Reader = (file: unknown, draft: Draft) => void;

/** LiteLLM's config.yaml: docs.litellm.ai/docs/proxy/configs */
const litellm: Reader = (file, draft) => {
  const { model_list, litellm_settings, router_settings, general_settings, ...rest } = fields(file);
  leave(draft, rest, '', []);
  for (const [at, entry] of list(model_list).entries()) {
    const path = `model_list[${at}]`;
    const { model_name, litellm_params, ...others } = fields(entry);
    const given = fields(litellm_params);
    const full = said(given['model']) ?? '';
    const slash = full.indexOf('/');
    const [prefix, id] = slash < 0 ? [names.plain, full] : [full.slice(0, slash), full.slice(slash + 1)];
    const owner = provider(draft, {
      name: prefix,
      url: said(given['api_base']),
      key: said(given['api_key']),
      path: `${path}.litellm_params.api_key`,
    });
    leave(draft, given, `${path}.litellm_params`, ['model', 'api_base', 'api_key']);
    leave(draft, others, path, []);
    const name = said(model_name) ?? full;
    if (id.includes('*')) draft.notes.push({ path, why: `the pattern ${name} is left out: providers.${owner} lists its models by itself` });
    else alias(draft, name, model(draft, owner, id));
  }
  const settings = fields(litellm_settings);
  const router = fields(router_settings);
  const seconds = Number(settings['request_timeout'] ?? router['timeout']);
  if (seconds > 0) draft.timeouts['total_seconds'] = seconds;
  for (const [name, target] of Object.entries(fields(router['model_group_alias']))) if (said(target)) alias(draft, name, said(target)!);
  const fallbacks = [...list(settings['fallbacks']), ...list(router['fallbacks'])].flatMap((one) => Object.entries(fields(one)));
  for (const [name, targets] of fallbacks) {
    // The name itself must lead to its first target, or it would lead in a circle.
    for (const target of list(targets)) if (said(target)) alias(draft, name, said(target)!);
    draft.notes.push({ path: `fallbacks.${name}`, why: 'became a list of targets; which comes first is up to routing.mode' });
  }
  leave(draft, settings, 'litellm_settings', ['request_timeout', 'fallbacks', 'drop_params']);
  leave(draft, router, 'router_settings', ['timeout', 'fallbacks', 'model_group_alias']);
  leave(draft, fields(general_settings), 'general_settings', ['master_key']);
  if (fields(general_settings)['master_key'] !== undefined)
    draft.notes.push({
      path: 'general_settings.master_key',
      why: 'is not copied: "freehold key --admin" makes one, as a hash for this file',
    });
};

/** Tokens beyond which claude-code-router takes a prompt for long, unless told. */
const LONG = 60_000;

/** claude-code-router's config.json: its README, of 1.0 and 2.0 */
const claudeCodeRouter: Reader = (file, draft) => {
  const { Providers, Router, HOST, PORT, APIKEY, API_TIMEOUT_MS, ...rest } = fields(file);
  leave(draft, rest, '', []);
  const owners = new Map<string, string>();
  for (const [at, entry] of list(Providers).entries()) {
    const given = fields(entry);
    const name = said(given['name']) ?? `provider-${at}`;
    const owner = provider(draft, {
      name,
      url: said(given['api_base_url']),
      key: said(given['api_key']),
      path: `Providers[${at}].api_key`,
    });
    owners.set(name, owner);
    for (const id of list(given['models'])) if (said(id)) model(draft, owner, said(id)!);
    leave(draft, given, `Providers[${at}]`, ['name', 'api_base_url', 'api_key', 'models']);
  }
  const router = fields(Router);
  const target = (role: string) => {
    const [name = '', ...id] = (said(router[role]) ?? '').split(',');
    const owner = owners.get(name.trim());
    return owner && id.length ? model(draft, owner, id.join(',').trim()) : undefined;
  };
  const [main, small, long] = [target('default'), target('background'), target('longContext')];
  const above = Number(router['longContextThreshold'] ?? LONG);
  if (long) draft.rules.push({ name: 'long', when: { tokens: { above } }, models: [long] });
  if (main) draft.rules.push({ name: 'default', models: [main] });
  if (main) alias(draft, 'claude-*', 'auto');
  if (small) alias(draft, 'claude-haiku-*', small);
  leave(
    draft,
    router,
    'Router',
    ['default', 'background', 'longContext', 'longContextThreshold'],
    'has no counterpart; a rule under routing.rules can say something alike',
  );
  if (Number(API_TIMEOUT_MS) > 0) draft.timeouts['total_seconds'] = Number(API_TIMEOUT_MS) / 1000;
  if (Number(PORT) > 0) draft.server['port'] = Number(PORT);
  if (said(APIKEY)) draft.keys['imported'] = keyLine(said(APIKEY)!);
  if (said(HOST) && said(APIKEY)) draft.server['host'] = said(HOST);
  else if (said(HOST) && said(HOST) !== '127.0.0.1')
    draft.notes.push({ path: 'HOST', why: 'is left out: to be reached from elsewhere takes a key' });
};

/** A config of Portkey's gateway, JSON: portkey.ai/docs/product/ai-gateway/configs */
const portkey: Reader = (file, draft) => {
  const read = (given: ReturnType<typeof fields>, path: string): { address: string; weight: number }[] => {
    const { strategy, targets, ...own } = given;
    if (targets !== undefined) {
      const mode = said(fields(strategy)['mode']) ?? 'single';
      const inner = list(targets).flatMap((one, at) => read(fields(one), `${path}targets[${at}]`));
      leave(draft, fields(strategy), `${path}strategy`, ['mode']);
      leave(draft, own, path.replace(/\.$/, ''), ['weight']);
      if (mode !== 'fallback' && mode !== 'loadbalance' && mode !== 'single')
        draft.notes.push({ path: `${path}strategy.mode`, why: `"${mode}" is taken as a list to try in order` });
      if (path !== '') return inner;
      const models =
        mode === 'loadbalance'
          ? Object.fromEntries(inner.map(({ address, weight }) => [address, weight]))
          : inner.map(({ address }) => address);
      if (inner.length) draft.rules.push({ name: 'imported', models });
      return inner;
    }
    const params = fields(own['override_params'] ?? own['overrideParams']);
    const name = said(own['provider'])?.replace(/^@/, '');
    const virtual = said(own['virtual_key'] ?? own['virtualKey']);
    if (name === undefined && virtual === undefined) {
      draft.notes.push({ path: path || 'the file', why: 'names no provider; left out' });
      return [];
    }
    if (virtual !== undefined)
      draft.notes.push({ path: `${path}.virtual_key`, why: 'stands for a key that lies with Portkey; set the key of its provider here' });
    const url = said(own['custom_host'] ?? own['customHost']);
    const owner = provider(draft, { name: name ?? virtual!, url, key: said(own['api_key'] ?? own['apiKey']), path: `${path}.api_key` });
    leave(draft, own, path, [
      'provider',
      'virtual_key',
      'virtualKey',
      'api_key',
      'apiKey',
      'custom_host',
      'customHost',
      'weight',
      'override_params',
      'overrideParams',
    ]);
    leave(draft, params, `${path}.override_params`, ['model']);
    const id = said(params['model']);
    if (id === undefined) draft.notes.push({ path, why: `got the model that the client named; ask for ${owner}/MODEL` });
    const weight = Number(own['weight'] ?? 1);
    return id === undefined || !(weight > 0) ? [] : [{ address: model(draft, owner, id), weight }];
  };
  const first = read(fields(file), '');
  if (fields(file)['targets'] === undefined && first.length)
    draft.rules.push({ name: 'imported', models: first.map(({ address }) => address) });
};

/** llama-swap's config.yaml: its config.example.yaml */
const llamaSwap: Reader = (file, draft) => {
  const { models, macros, ...rest } = fields(file);
  leave(draft, rest, '', ['startPort'], 'has no counterpart; left out');
  const shared = fields(macros);
  const filled = (text: string, own: ReturnType<typeof fields>): string =>
    text.replace(/\$\{([\w-]+)\}/g, (whole, name: string) =>
      name in own || name in shared ? filled(String(own[name] ?? shared[name]), own) : whole,
    );
  for (const [id, entry] of Object.entries(fields(models))) {
    const path = `models.${id}`;
    const given = fields(entry);
    const command = filled(said(given['cmd']) ?? '', fields(given['macros']));
    const weights = option(command, ['-m', '--model']) ?? option(command, ['-hf', '-hfr', '--hf-repo']);
    const proxy = said(given['proxy']);
    if (weights !== undefined && /llama-server/.test(command)) {
      const name = asName(id);
      const [context, parallel] = [option(command, ['-c', '--ctx-size']), option(command, ['-np', '--parallel'])].map(Number);
      draft.engines[name] = { model: weights, ...(context! > 0 && { context }), ...(parallel! > 0 && { parallel }) };
      if (name !== id) alias(draft, id, name);
      for (const other of list(given['aliases'])) if (said(other)) alias(draft, said(other)!, name);
      const more = (command.match(/(?<=\s)--?[a-z][\w-]*/g) ?? []).filter((flag) => !CARRIED.has(flag));
      if (more.length)
        draft.notes.push({ path: `${path}.cmd`, why: `${[...new Set(more)].join(' ')} left out: the embedded engine decides by itself` });
    } else if (proxy !== undefined && !proxy.includes('${')) {
      const owner = provider(draft, { name: id, url: `${proxy.replace(/\/$/, '')}/v1`, path });
      const address = model(draft, owner, said(given['useModelName']) ?? id);
      alias(draft, id, address);
      for (const other of list(given['aliases'])) if (said(other)) alias(draft, said(other)!, address);
      draft.notes.push({ path: `${path}.cmd`, why: `must be started by other means; Freehold only asks ${proxy}` });
    } else draft.notes.push({ path, why: 'left out: its command is no llama-server with weights, and it has no fixed proxy address' });
    leave(draft, given, path, ['cmd', 'proxy', 'aliases', 'useModelName', 'macros', 'name', 'description']);
  }
};

const CARRIED = new Set(['-m', '--model', '-hf', '-hfr', '--hf-repo', '-c', '--ctx-size', '-np', '--parallel', '--port', '--host']);

function option(command: string, names: readonly string[]): string | undefined {
  const words = command.match(/"[^"]*"|'[^']*'|[^\s\\]+/g) ?? [];
  for (const [at, word] of words.entries()) {
    const [name, joined] = word.split(/=(.*)/s);
    if (names.includes(name!)) return (joined ?? words[at + 1])?.replace(/^["']|["']$/g, '');
  }
  return undefined;
}

/** Other programs' configurations, by the name on the command line. */
export const FORMATS: Readonly<Record<string, Reader>> = {
  litellm,
  'claude-code-router': claudeCodeRouter,
  portkey,
  'llama-swap': llamaSwap,
};
