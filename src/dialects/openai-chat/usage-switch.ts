import type { UsageSwitch } from '../../protocol/dialect.ts';
import { list, object } from '../../protocol/json.ts';

/** Usage comes in a last chunk without choices (https://platform.openai.com/docs/api-reference/chat/create, stream_options.include_usage). */
export const usageSwitch: UsageSwitch = {
  member: 'stream_options',
  on: { include_usage: true },
  isUsageOnly(data) {
    if (!data.includes('"usage"') || !data.startsWith('{')) return false;
    let chunk: ReturnType<typeof object>;
    try {
      chunk = object(JSON.parse(data));
    } catch {
      return false;
    }
    return (
      chunk !== undefined && Array.isArray(chunk['choices']) && list(chunk['choices']).length === 0 && object(chunk['usage']) !== undefined
    );
  },
};
