import { expect, test } from 'vitest';
import { openaiChat } from './index.ts';

const { hear, answer, one } = openaiChat.models;

test.each<[string, unknown, unknown[]]>([
  [
    'vLLM',
    { object: 'list', data: [{ id: 'q', object: 'model', created: 1, owned_by: 'vllm', max_model_len: 32768 }] },
    [{ id: 'q', created: 1, ownedBy: 'vllm', window: 32768 }],
  ],
  ['llama.cpp', { data: [{ id: 'q.gguf', meta: { n_vocab: 9, n_ctx_train: 40960 } }] }, [{ id: 'q.gguf', window: 40960 }]],
  ['llama.cpp, loaded smaller', { data: [{ id: 'q.gguf', meta: { n_ctx: 8192, n_ctx_train: 40960 } }] }, [{ id: 'q.gguf', window: 8192 }]],
  [
    'LM Studio',
    { data: [{ id: 'q', type: 'vlm', max_context_length: 32768, loaded_context_length: 4096, capabilities: ['tool_use'] }] },
    [{ id: 'q', window: 4096, vision: true, tools: true }],
  ],
  [
    'OpenRouter',
    {
      data: [
        {
          id: 'a/b',
          name: 'B',
          created: 2,
          context_length: 200000,
          architecture: { input_modalities: ['text', 'image'] },
          top_provider: { context_length: 128000, max_completion_tokens: 8192 },
          supported_parameters: ['tools'],
        },
      ],
    },
    [{ id: 'a/b', created: 2, window: 128000, maxOutput: 8192, vision: true, tools: true, reasoning: false }],
  ],
  [
    'Mistral',
    { data: [{ id: 'm', max_context_length: 131072, capabilities: { vision: false, function_calling: true } }] },
    [{ id: 'm', window: 131072, vision: false, tools: true }],
  ],
  ['a bare list', [{ id: 'x' }, { name: 'y' }, { id: 7 }, null, 'z'], [{ id: 'x' }, { id: 'y' }]],
  ['under another name', { models: [{ name: 'y', context_window: 0 }] }, [{ id: 'y' }]],
  ['garbage', 'no', []],
])('%s', (_, body, models) => expect(hear(body)).toEqual(models));

test('the list a client gets can be heard again', () => {
  const models = [{ id: 'a', created: 3, ownedBy: 'box', window: 8192, maxOutput: 1024 }, { id: 'b' }];
  expect(answer(models)).toEqual({
    object: 'list',
    data: [
      { id: 'a', object: 'model', created: 3, owned_by: 'box', context_window: 8192, max_output_tokens: 1024 },
      { id: 'b', object: 'model', created: 0, owned_by: 'freehold' },
    ],
  });
  expect(hear(answer(models))).toMatchObject(models);
  expect(one(models[0]!)).toEqual({ id: 'a', object: 'model', created: 3, owned_by: 'box', context_window: 8192, max_output_tokens: 1024 });
});
