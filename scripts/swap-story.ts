// Tells the story in docs/swap.md by giving its commands, and writes down what they print: `npm run docs:swap`.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { question } from '../src/evals/case.ts';
import { readSuite } from '../src/evals/suite/read.ts';
import { OWN, RENTED, type Stage, setStage, type Told } from '../test/fake/swap-story.ts';

const PAGE = new URL('../docs/swap.md', import.meta.url);
const BEGIN = '<!-- Written by npm run docs:swap -->';
const END = '<!-- The end of what it writes -->';

/** Cases of the team's own suite, and milliseconds that a simulated answer takes. */
const CASES = 120;
const DELAY = 200;

const chapters: string[] = [];
const stage = await setStage({ cases: CASES, delayMs: DELAY, engine: true });
try {
  await tell(stage);
} finally {
  await stage.close();
}
const page = readFileSync(PAGE, 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (after === undefined) throw new Error(`docs/swap.md: the marks ${BEGIN} and ${END} are missing`);
writeFileSync(PAGE, `${before}${BEGIN}\n\n${chapters.join('\n\n')}\n\n${END}${after}`);

async function tell(at: Stage): Promise<void> {
  let people = 0;
  const work = async (count: number) => {
    const who = new Map<string, number>();
    for (const end = people + count; people < end; people++) {
      const answered = await at.ask('auto', people);
      who.set(answered, (who.get(answered) ?? 0) + 1);
    }
    return who;
  };
  const shown = (told: Told) => block(at, `$ ${told.command}\n${told.printed}`);
  const give = async (...words: string[]) => shown(await at.give(...words));
  const answered = (who: Map<string, number>) => [...who].map(([name, count]) => `${count} by \`${name}\``).join(', ');

  chapter(
    '### Before',
    `Forty conversations ask for a line of documentation under the name \`auto\`. Answered: ${answered(await work(40))}. Nothing is known of \`${OWN}\` but its name, and that is not enough.`,
  );

  chapter('### What would be otherwise', await give('swap', RENTED, OWN, '--plan'));

  const tiny = at.gateway.registry.world().models.find(({ provider }) => provider === 'tiny')!;
  chapter(
    '### One that cannot do it',
    'The embedded engine with a tiny model of random weights is a real candidate. It is refused after a few cases, and nothing changes.',
    await give(
      'swap',
      RENTED,
      `${tiny.provider}/${tiny.model}`,
      '--task',
      'documentation',
      '--margin',
      'lose=0.1',
      '--suite',
      'evals',
      '--yes',
    ),
  );

  const swapping = at.give(
    'swap',
    RENTED,
    OWN,
    '--task',
    'documentation',
    '--margin',
    'lose=0.1',
    '--budget',
    '2',
    '--share',
    '25',
    '--exchanges',
    '10',
    '--minutes',
    '0',
    '--yes',
  );
  let over = false;
  void swapping.finally(() => {
    over = true;
  });
  while (!over) await work(1);
  chapter(
    '### One that can',
    `The built-in suite and the team's own (${CASES} cases in \`./evals\`) are put to both. What the built-in suite asks for is run in the sandbox; cases come in random order until the outcome stands. Then a quarter of the conversations, then all; people ask on meanwhile.`,
    shown(await swapping),
  );
  const who = await work(20);
  chapter(`Twenty more conversations: ${answered(who)}.`, await give('swap', 'status'));

  const run = globSync(join(at.folder, 'data/evals/runs/*/certificates/documentation-*.json')).filter(
    (file) => readFileSync(file, 'utf8').includes('"good enough"') && !readFileSync(file, 'utf8').includes('"not good enough"'),
  );
  const file = run[0]!;
  chapter(
    '### The certificate',
    'It lies in the data folder, beside the run, and can be given to anybody.',
    block(at, readFileSync(file, 'utf8'), 'json'),
    await give('eval', 'verify', file, '--suite', 'builtin', 'evals'),
  );

  const [first] = readSuite(join(at.folder, 'evals')).cases;
  writeFileSync(join(at.folder, 'question.txt'), question(first!));
  chapter(
    '### The router heeds it',
    'Whoever leaves the choice to Freehold is answered by it too, because it is proven and cheaper.',
    await give('route', 'explain', 'question.txt'),
  );

  chapter(
    '### And back',
    await give('swap', 'undo', '--why', 'to show the way back'),
    `Twenty more conversations: ${answered(await work(20))}. The certificate stays on record; it counts again with a swap that is full.`,
  );
}

function chapter(...parts: string[]): void {
  chapters.push(parts.join('\n\n'));
}

/** What was printed, with the temporary folder called by another name. */
function block({ folder }: Stage, text: string, language = 'text'): string {
  return `\`\`\`${language}\n${text.replaceAll(folder, '/home/team').replaceAll('\r', '').trimEnd()}\n\`\`\``;
}
