import { type Content, GoogleGenAI, type Part } from '@google/genai';
import { apiKey, drive, model, picture, prompt, stream, tools, url } from './agent.ts';

const { models } = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } });
const contents: Content[] = [{ role: 'user', parts: [{ text: prompt }, { inlineData: { mimeType: 'image/png', data: picture } }] }];

await drive({
  async ask() {
    const request = {
      model,
      contents,
      config: {
        systemInstruction: 'You are a coding agent.',
        thinkingConfig: { includeThoughts: true },
        tools: [
          {
            functionDeclarations: tools.map(({ name, description, schema }) => ({ name, description, parametersJsonSchema: schema })),
          },
        ],
      },
    };
    const parts: Part[] = [];
    let finish: string | undefined;
    let promptTokens: number | undefined;
    const answers = stream ? await models.generateContentStream(request) : [await models.generateContent(request)];
    for await (const { candidates, usageMetadata } of answers) {
      parts.push(...(candidates?.[0]?.content?.parts ?? []));
      finish = candidates?.[0]?.finishReason ?? finish;
      promptTokens = usageMetadata?.promptTokenCount ?? promptTokens;
    }
    // A stream without a reason for its end was cut; this SDK leaves that to its user.
    if (finish !== 'STOP') throw new Error(`the answer ended with ${finish}`);
    contents.push({ role: 'model', parts });
    return {
      text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
      calls: parts.flatMap(({ functionCall: call }) => (call ? [{ id: call.id ?? '', name: call.name ?? '', arguments: call.args }] : [])),
      promptTokens,
    };
  },
  give(results) {
    contents.push({
      role: 'user',
      parts: results.map(({ call, output }) => ({ functionResponse: { id: call.id, name: call.name, response: { output } } })),
    });
  },
});
