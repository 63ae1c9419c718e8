import { answers } from './answers.ts';
import { gateway } from './gateway.ts';
import { growth } from './growth.ts';
import { histories } from './histories.ts';
import { requests } from './requests.ts';
import type { Subject } from './subject.ts';

/** All that is fuzzed. A new subject is a file and a line here. */
export const SUBJECTS: readonly Subject[] = [answers, requests, histories, growth, gateway];
