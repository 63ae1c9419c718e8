import { NAMED, placed } from './contexts.ts';
import { LOOKALIKES, NOT_PEOPLE } from './lookalikes.ts';
import { PEOPLE } from './people.ts';
import { Dice } from './random.ts';
import { generic, jsonWebToken, SHAPES, STRUCTURES } from './secrets.ts';

/** One text and whether something of its kind is in it. */
export interface Case {
  kind: 'secret' | 'personal';
  group: string;
  context: string;
  text: string;
  positive: boolean;
}

const CODE = [
  'import { readFile } from "node:fs/promises";\n\nexport async function load(path) {\n  return JSON.parse(await readFile(path, "utf8"));\n}\n',
  'def handler(event, context):\n    items = [i for i in event["items"] if i.get("active")]\n    return {"count": len(items)}\n',
  'The build fails on CI but works here. Here is the file:\n',
  '| name | value |\n|---|---|\n| region | eu-west-1 |\n',
];

/** A set drawn by a seed: every form, structure and look-alike `each` times, half of them within other text. */
export function drawn(seed: number, each: number): Case[] {
  const dice = new Dice(seed);
  const cases: Case[] = [];
  const put = (kind: Case['kind'], group: string, context: string, text: string, positive: boolean) => {
    const within = dice.next() < 0.5 ? `${dice.pick(CODE)}${text}\n${dice.pick(CODE)}` : text;
    cases.push({ kind, group, context, text: within, positive });
  };
  for (let round = 0; round < each; round++) {
    for (const make of SHAPES) {
      const credential = make(dice);
      const { context, text } = placed(dice, credential.id === 'jwt' ? { ...credential, value: jsonWebToken(dice) } : credential);
      put('secret', credential.id, context, text, true);
    }
    for (const context of Object.keys(NAMED)) {
      const credential = generic(dice);
      put('secret', credential.id, context, NAMED[context]!(credential.variable, credential.value, dice), true);
    }
    for (const [group, make] of Object.entries(STRUCTURES)) put('secret', group, group, make(dice), true);
    for (const [group, make] of Object.entries(PEOPLE)) put('personal', group, group, make(dice), true);
    for (let more = 0; more < 9; more++)
      for (const [group, make] of Object.entries(LOOKALIKES)) put('secret', group, group, make(dice), false);
    for (let more = 0; more < 5; more++)
      for (const [group, make] of Object.entries(NOT_PEOPLE)) put('personal', group, group, make(dice), false);
  }
  return cases;
}
