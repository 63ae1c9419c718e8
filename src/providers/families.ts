/**
 * Model names that tools ask for out of the box. Where nothing of that name is served and no alias says otherwise they mean `auto`,
 * so that a tool works before anybody configured it. `*` stands for any text.
 */
export const FAMILIES: readonly string[] = ['claude-*', 'gpt-*', 'chatgpt-*', 'o1*', 'o2*', 'o3*', 'o4*', 'gemini-*', 'codex-*'];

/** Parts of names of models that make vectors. */
export const FOR_VECTORS: RegExp = /(^|[-_/.:])(embed(ding|dings|der|dinggemma)?|bge|e5|gte|minilm)([-_/.:0-9]|$)/i;

/** Parts of names by which providers list models that hold no conversation: `auto` never picks these. */
export const NOT_FOR_CHAT: RegExp =
  /(^|[-_/.:])(embed(ding|dings|der|dinggemma)?|bge|e5|gte|minilm|rerank(er)?|whisper|tts|transcribe|speech|dall-e|imagen?|image|veo|sora|video|audio|realtime|moderation|guard|safeguard|ocr|davinci|babbage|instruct-beta|aqa)([-_/.:0-9]|$)/i;
