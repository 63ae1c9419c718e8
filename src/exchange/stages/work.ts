import type { Prompt } from '../../protocol/prompt.ts';
import { classify } from '../../tasks/classify.ts';
import { questionOf } from '../../tasks/question.ts';
import type { Task } from '../../tasks/task.ts';

/** What kind of work a prompt is. @param headers of the client, names in lower case */
export const workOf = (prompt: Prompt, headers: Readonly<Record<string, string | string[] | undefined>> = {}): Task =>
  classify(questionOf(prompt, headers));
