import type { NumberRule, Rule } from '../finding.ts';
import { inArguments } from './arguments.ts';
import { assignment } from './assignment.ts';
import { formats, tokenFormats } from './formats.ts';
import { codiceFiscale, nationalNumbers } from './national.ts';
import { card, iban, mail, phone } from './personal.ts';
import { structural } from './structural.ts';

/** Rules that are asked where one of their keywords stands. An exact form comes before a name that says something is there. */
export const KEYWORD_RULES: readonly Rule[] = [...formats, ...structural, ...inArguments, assignment, mail];

/** Rules that are asked for every long token. */
export const TOKEN_RULES: readonly Rule[] = [...tokenFormats, codiceFiscale];

/** Rules that are asked for every long number; the first that knows it has it. */
export const NUMBER_RULES: readonly NumberRule[] = [iban, card, ...nationalNumbers, phone];
