import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configFrom } from '../src/config/load.ts';
import { ERRORS } from '../src/protocol/errors.ts';
import { type Started, startGateway } from './fake/start.ts';
import { chat, FakeUpstream, json, type Script } from './fake/upstream.ts';

const DEPLOY = fileURLToPath(new URL('../deploy/', import.meta.url));
const text = (file: string) => readFileSync(DEPLOY + file, 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}

const board = JSON.parse(text('grafana/freehold.json')) as { panels: Panel[] };
const rules = (parse(text('prometheus/freehold.rules.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const queries = [
  ...board.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
];

/** Metrics by name with the names of their labels, as a scrape shows them. */
const exported = new Map<string, Set<string>>();
const data = mkdtempSync(join(tmpdir(), 'deploy-'));
let gateway: Started;

beforeAll(async () => {
  const scripts: Script[] = [json(200, chat.whole('fine')), json(500, { error: { message: 'broken' } })];
  const up = await FakeUpstream.start(...scripts);
  const collector = await FakeUpstream.start(json(200, {}));
  const models = { fake: { price: { input: 1, output: 2 } }, free: null };
  gateway = await startGateway({
    data,
    providers: { up: { dialect: 'openai-chat', url: up.url, zone: 'vendor', models } },
    budgets: { total: [{ usd: 1, per: 'day', on_breach: 'alert', unpriced: 'allow' }] },
    resilience: { retries: 0, breaker_failures: 1, hedge: false },
    telemetry: { otlp: collector.url },
  });
  const ask = (model: string) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }),
    });
  expect((await ask('fake')).status).toBe(200);
  expect((await ask('free')).status).toBe(500);
  const scraped = await (await fetch(`${gateway.url}/metrics`)).text();
  for (const [, name, type] of scraped.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const ends = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const end of ends) exported.set(name! + end, new Set());
  }
  for (const [, name, labels = ''] of scraped.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm))
    for (const [, label] of labels.matchAll(/([a-z_]+)="/g)) exported.get(name!)?.add(label!);
  await gateway.gateway.close();
  await Promise.all([up.stop(), collector.stop()]);
});

afterAll(() => rmSync(data, { recursive: true }));

/** What Prometheus adds to every series. */
const SCRAPED = ['job', 'instance', 'le'];
const METRIC = /\b(?:freehold|process|nodejs)_[a-z0-9_]+\b/g;

describe('what dashboards and alerts ask for', () => {
  test('there are queries to judge', () => {
    expect(queries.length).toBeGreaterThan(40);
    expect(exported.size).toBeGreaterThan(30);
  });

  test.each(queries)('%s: every metric and label is exported', (_, expr) => {
    const names = expr.match(METRIC) ?? (expr.startsWith('up{') ? [] : ['none']);
    expect(names.filter((name) => !exported.has(name))).toEqual([]);
    const known = new Set([...SCRAPED, ...names.flatMap((name) => [...exported.get(name)!])]);
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',').map((label) => label.trim()));
    const matched = [...expr.matchAll(/[{,]([a-z_]+)(?:=~|!~|!=|=)"/g)].map(([, label]) => label!);
    // A family without a series shows no labels.
    const isEmpty = names.some((name) => exported.get(name)!.size === 0);
    if (!isEmpty) expect([...grouped, ...matched].filter((label) => !known.has(label))).toEqual([]);
    expect(expr.split('(').length).toBe(expr.split(')').length);
  });

  test('the alert on failures names exactly those outcomes that providers and Freehold answer for', () => {
    const { expr } = rules.find(({ alert }) => alert === 'FreeholdFailing')!;
    const named = /outcome=~"([^"]+)"/.exec(expr)![1]!.split('|');
    const meant = Object.entries(ERRORS).flatMap(([kind, { by }]) => (by === 'provider' || by === 'freehold' ? [kind] : []));
    expect(named.sort()).toEqual(meant.sort());
  });

  test('the board leaves out the same, and nothing else', () => {
    const expr = queries.find(([title]) => title === 'Failing')![1];
    const left = /outcome!~"([^"]+)"/.exec(expr)![1]!.split('|');
    const meant = Object.entries(ERRORS).flatMap(([kind, { by }]) => (by === 'client' || by === 'policy' ? [kind] : []));
    expect(left.sort()).toEqual([...meant, 'ok'].sort());
  });

  test('alerts say what is wrong and how urgent it is, each under a name of its own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { annotations, labels } of rules) {
      expect(annotations.summary.length).toBeGreaterThan(10);
      expect(['page', 'ticket']).toContain(labels.severity);
    }
  });

  test('panels have numbers of their own and do not lie on one another', () => {
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(board.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });
});

describe('what it is run with', () => {
  test('the configuration is one', () => {
    const config = configFrom(parse(text('freehold.yaml')));
    expect(Object.keys(config.providers)).toEqual(['box']);
  });

  test('the compose file mounts files that are there', () => {
    const { services } = parse(text('compose.yaml')) as { services: Record<string, { volumes?: string[] }> };
    const mounts = Object.values(services).flatMap(({ volumes = [] }) => volumes);
    const files = mounts
      .map((mount) => mount.replace(/^\$\{\w+:-([^}]+)\}/, '$1').split(':')[0]!)
      .filter((source) => source.startsWith('./'));
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => !existsSync(DEPLOY + file))).toEqual([]);
  });

  test('the image copies files that are there, and starts what the build makes', () => {
    const lines = text('Dockerfile').split('\n');
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));
    expect(copied.filter((file) => !existsSync(`${DEPLOY}../${file}`))).toEqual([]);
    const { bin } = JSON.parse(readFileSync(`${DEPLOY}../package.json`, 'utf8')) as { bin: { freehold: string } };
    expect(lines.find((line) => line.startsWith('ENTRYPOINT'))).toContain(bin.freehold);
    expect(text('systemd/freehold.service')).toContain(`/opt/freehold/${bin.freehold}`);
  });
});
