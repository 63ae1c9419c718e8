import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, MediaSource } from '../../protocol/block.ts';
import type { Target } from '../../protocol/dialect.ts';
import type { Json } from '../../protocol/json.ts';
import type { Prompt, Tool, ToolChoice } from '../../protocol/prompt.ts';
import { prompts } from '../contract/arbitrary.ts';
import { having } from '../contract/fixtures.ts';
import * as run from '../contract/run.ts';
import { meaningOf, unannounced } from '../contract/same.ts';
import { ask } from './ask.ts';
import { NAME } from './shapes.ts';

/** Reads a Converse request back, as the service would, so that what was lost on the way can be seen. */
function read(path: string, body: Json): Prompt {
  const inference = (body.inferenceConfig ?? {}) as Json;
  const additional = (body.additionalModelRequestFields ?? {}) as { thinking?: Json; top_k?: number; output_config?: { effort?: string } };
  const tools = (body.toolConfig as { tools?: Json[]; toolChoice?: Json } | undefined) ?? {};
  const format = (body.outputConfig as { textFormat: { structure: { jsonSchema: { schema: string } } } } | undefined)?.textFormat;
  const prompt: Prompt = {
    dialect: NAME,
    model: decodeURIComponent(path.split('/')[2]!),
    stream: path.endsWith('-stream'),
    turns: [
      { role: 'system', blocks: blocksOf(body.system as Json[] | undefined) },
      ...(body.messages as { role: 'user' | 'assistant'; content: Json[] }[]).map(({ role, content }) => ({
        role,
        blocks: blocksOf(content),
      })),
    ],
    tools: (tools.tools ?? []).flatMap(({ toolSpec }): Tool[] => {
      const spec = toolSpec as { name: string; description?: string; inputSchema: { json: Json } } | undefined;
      return spec ? [{ kind: 'function', name: spec.name, description: spec.description, schema: spec.inputSchema.json }] : [];
    }),
    toolChoice: choiceOf(tools.toolChoice),
    maxTokens: inference.maxTokens as number | undefined,
    stop: inference.stopSequences as string[] | undefined,
    sampling: { temperature: inference.temperature as number, topP: inference.topP as number, topK: additional.top_k },
  };
  if (format) prompt.output = { kind: 'schema', schema: JSON.parse(format.structure.jsonSchema.schema) as Json };
  const { thinking } = additional;
  if (thinking) prompt.reasoning = { mode: thinking.type === 'disabled' ? 'off' : 'on' };
  return prompt;
}

function choiceOf(choice: Json | undefined): ToolChoice | undefined {
  if (choice?.tool) return { mode: 'named', name: (choice.tool as { name: string }).name };
  return choice && { mode: choice.any ? 'required' : 'auto' };
}

function blocksOf(content: Json[] = []): Block[] {
  return content.flatMap((block): Block[] => {
    const [kind] = Object.keys(block);
    const value = block[kind!] as Json;
    switch (kind) {
      case 'text':
        return [{ kind: 'text', text: block.text as string }];
      case 'toolUse':
        return [
          {
            kind: 'tool-call',
            id: value.toolUseId as string,
            name: value.name as string,
            input: 'json',
            arguments: JSON.stringify(value.input),
          },
        ];
      case 'toolResult': {
        const result: Block = {
          kind: 'tool-result',
          id: value.toolUseId as string,
          input: 'json',
          content: blocksOf(value.content as Json[]),
        };
        if (value.status === 'error') result.error = true;
        return [result];
      }
      case 'image':
      case 'document': {
        const { bytes } = value.source as { bytes: string };
        const mime = kind === 'image' ? `image/${String(value.format)}` : 'application/pdf';
        const source: MediaSource = { from: 'base64', mime, data: bytes };
        return [{ kind: 'media', media: kind === 'image' ? 'image' : 'file', source }];
      }
      case 'reasoningContent': {
        const { reasoningText, redactedContent } = value as {
          reasoningText?: { text: string; signature: string };
          redactedContent?: string;
        };
        const raw = reasoningText ? { signature: reasoningText.signature } : { redacted: redactedContent };
        return [{ kind: 'reasoning', text: reasoningText?.text ?? '', seal: { by: NAME, raw } }];
      }
      case 'cachePoint':
        return [];
      default:
        throw new Error(`a block the service would refuse: ${kind}`);
    }
  });
}

const TARGETS: Readonly<Record<string, Target>> = {
  'a model of which nothing is known': run.TARGET,
  'a model with a budget': { ...run.TARGET, quirks: new Set(['thinking-budget', 'cache-points', 'top-k']) },
  'a model that adapts': { ...run.TARGET, quirks: new Set(['thinking-budget', 'thinking-adaptive', 'cache-points', 'top-k']) },
};

describe.each(Object.entries(TARGETS))('losses equal the announced notes: %s', (_, target) => {
  test('of any prompt', () => {
    const sealed: Block[] = [
      { kind: 'reasoning', text: 'hm', seal: { by: NAME, raw: { signature: 'S' } } },
      { kind: 'reasoning', text: '', seal: { by: NAME, raw: { redacted: 'UkVE' } } },
    ];
    fc.assert(
      fc.property(prompts(sealed), (prompt) => {
        const { request: sent, notes } = ask(prompt, target);
        expect(unannounced(meaningOf(prompt), meaningOf(read(sent.path, run.overWire(sent.body))), notes)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each(having('request'))('%s', (_, { dialect, request, path }) => {
    const prompt = dialect.accept(run.call(dialect, request, path));
    const { request: sent, notes } = ask(prompt, target);
    const again = read(sent.path, run.overWire(sent.body));
    expect(unannounced(meaningOf(prompt), meaningOf(again), notes)).toEqual([]);
    expect([again.model, again.stream]).toEqual([target.model, prompt.stream]);
  });

  test.each(having('request'))('the service’s rules hold: %s', (_, { dialect, request, path }) => {
    const { body } = ask(dialect.accept(run.call(dialect, request, path)), target).request;
    const messages = body['messages'] as { role: string; content: Json[] }[];
    expect(messages[0]?.role).toBe('user');
    const blocks = messages.flatMap(({ content }) => content);
    messages.forEach(({ role, content }, at) => {
      expect(content.length).toBeGreaterThan(0);
      if (at) expect(role).not.toBe(messages[at - 1]!.role);
      const calls = content.flatMap(({ toolUse }) => (toolUse ? [(toolUse as Json).toolUseId] : []));
      const results = (messages[at + 1]?.content ?? []).flatMap(({ toolResult }) => (toolResult ? [(toolResult as Json).toolUseId] : []));
      if (role === 'assistant') expect(results).toEqual(calls);
    });
    expect(blocks.filter((block) => typeof block.text === 'string' && block.text.trim() === '')).toEqual([]);
    const speaksOfTools = blocks.some((block) => 'toolUse' in block || 'toolResult' in block);
    if (speaksOfTools) expect((body['toolConfig'] as Json | undefined)?.tools).toBeTruthy();
    const points = JSON.stringify(body).split('"cachePoint"').length - 1;
    expect(points).toBeLessThanOrEqual(target.quirks ? 4 : 0);
  });
});
