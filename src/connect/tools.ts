import { type Tool, toolSchema } from './tool.ts';
import aider from './tools/aider.json' with { type: 'json' };
import claudeCode from './tools/claude-code.json' with { type: 'json' };
import cline from './tools/cline.json' with { type: 'json' };
import codex from './tools/codex.json' with { type: 'json' };
import continueDev from './tools/continue.json' with { type: 'json' };
import copilot from './tools/copilot.json' with { type: 'json' };
import cursor from './tools/cursor.json' with { type: 'json' };
import geminiCli from './tools/geminicli.json' with { type: 'json' };
import jetbrains from './tools/jetbrains.json' with { type: 'json' };
import opencode from './tools/opencode.json' with { type: 'json' };
import qwenCode from './tools/qwen-code.json' with { type: 'json' };
import shell from './tools/shell.json' with { type: 'json' };
import zed from './tools/zed.json' with { type: 'json' };

const ROWS = [claudeCode, codex, opencode, geminiCli, qwenCode, copilot, continueDev, cline, cursor, aider, zed, jetbrains, shell];

/** All tools that are known, as their rows say. */
export const tools = (): Tool[] => ROWS.map((row) => toolSchema.parse(row));
