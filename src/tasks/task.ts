/** Classes of development work, in the order of a task's probabilities. */
export const TASKS = [
  'code_generation',
  'completion',
  'bug_fix',
  'refactoring',
  'review',
  'testing',
  'documentation',
  'explain_code',
  'explain_codebase',
  'architecture',
  'deep_reasoning',
  'agent_run',
  'quick_chat',
  'embedding',
] as const;
export type TaskClass = (typeof TASKS)[number];

/** What a model must be able to do to serve a request at all. */
export interface Needs {
  tools: boolean;
  vision: boolean;
  json: boolean;
  longContext: boolean;
}

/** What kind of work a request is. Holds no text of it. */
export interface Task {
  class: TaskClass;
  /** Of each class in the order of `TASKS`, calibrated: of those with 0.8, eight in ten are right. */
  probabilities: readonly number[];
  /** The best class is not sure enough: such a request is routed up, not down. */
  unsure: boolean;
  /** 0 (a word changed) to 1 (hard for anybody). */
  complexity: number;
  /** Tokens of the prompt, estimated. */
  size: number;
  needs: Needs;
  /** Weight of getting it right: 1 is ordinary, up to 10. */
  importance: number;
  /** What spoke for it, by names of cues, e.g. `slash:/test`, `path:auth`. */
  evidence: readonly string[];
}
