import type { Rule } from '../finding.ts';
import { isSecretValue } from './value.ts';

/** A secret that is known by the call or the command it is handed to, not by a name. */
interface Call {
  id: string;
  keywords: readonly string[];
  /** From the keyword's start; its group `secret` is the value. Quantifiers are bounded and none stands in another. */
  written: RegExp;
  /** What has to stand shortly before. */
  after?: RegExp;
}

const CALLS: readonly Call[] = [
  {
    id: 'password-in-call',
    keywords: [
      '.login(',
      'credential(',
      'credentials(',
      'authentication(',
      'basicauth(',
      'basic_auth(',
      'auth=(',
      'auth = (',
      'httpbasicauth(',
      'auth: [',
    ],
    written: /[\w.]{0,24}(?: ?[:=] ?)?[([]\s{0,8}["'][^"'\n]{1,100}["'],\s{0,40}["'](?<secret>[^"'\s]{5,200})["']/y,
  },
  {
    id: 'password-in-call',
    keywords: ['getconnection('],
    written: /\w{0,24}\([^,()\n]{1,120},\s{0,8}["'][^"'\n]{1,60}["'],\s{0,8}["'](?<secret>[^"'\s]{5,200})["']/iy,
  },
  {
    id: 'password-in-sql',
    keywords: ['identified by ', 'with password '],
    written: /(?:identified by|with password) (?:password )?["'](?<secret>[^"'\s]{5,200})["']/iy,
  },
  {
    id: 'password-in-command',
    keywords: ['convertto-securestring '],
    written: /\S{20,24} (?:-string )?["'](?<secret>[^"'\s]{5,200})["']/iy,
  },
  {
    id: 'password-in-command',
    keywords: ['-p', '-a '],
    written: /(?:-p ?|-a )["']?(?<secret>[^\s"'`<>|;]{5,200})/y,
    after:
      /\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|docker login|podman login|redis-cli|helm registry login|az login|smbclient)\b[^\n]{0,70}\s$/,
  },
  { id: 'password-in-file', keywords: [':5432:', ':5433:'], written: /:\d{4}:[^\s:]{1,64}:[^\s:]{1,64}:(?<secret>[^\s:]{5,200})(?=\s|$)/y },
  { id: 'private-key', keywords: ['private-lines:'], written: /private-lines: ?\d{1,3}\s{1,4}(?<secret>[A-Za-z0-9+/=]{32,80})/iy },
  { id: 'private-key', keywords: ['kty'], written: /kty["']?\s?:(?=[\s\S]{0,2000}?["']?d["']?\s?:\s?["'](?<secret>[\w-]{40,700})["'])/y },
];

function rule({ id, keywords, written, after }: Call): Rule {
  return {
    id,
    kind: 'secret',
    keywords,
    find(text, at) {
      if (after && (!/\s/.test(text[at - 1] ?? '') || !after.test(text.slice(Math.max(0, at - 100), at)))) return undefined;
      written.lastIndex = at + (text[at] === '.' ? 1 : 0);
      const secret = written.exec(text)?.groups?.['secret'];
      if (secret === undefined) return undefined;
      if (id !== 'private-key' && !isSecretValue('password', secret, 'password', 'quoted')) return undefined;
      const start = text.indexOf(secret, at);
      return { start, end: start + secret.length };
    },
  };
}

export const inArguments: readonly Rule[] = CALLS.map(rule);
