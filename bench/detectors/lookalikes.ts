// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references as they stand in files
import { createHash, generateKeyPairSync } from 'node:crypto';
import PHRASES from './phrases.json' with { type: 'json' };
import type { Dice } from './random.ts';
import { SHAPES } from './secrets.ts';

const A62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const B64 = `${A62}+/`;
const NAMES = [
  'password',
  'api_key',
  'API_KEY',
  'secret',
  'clientSecret',
  'token',
  'AUTH_TOKEN',
  'db_password',
  'accessToken',
  'privateKey',
  'DB_PASS',
  'jwtSecret',
];

function quoted(dice: Dice, name: string, value: string): string {
  return dice.pick([
    `${name}: "${value}"`,
    `${name} = '${value}'`,
    `${name}=${value}`,
    `"${name}": "${value}",`,
    `export ${name}=${value}`,
    `--${name} ${value}`,
    `const ${name} = "${value}";`,
  ]);
}

const publicKey = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).publicKey;
const publicRsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).publicKey;

/** Texts that look like secrets and are none, each kind under its name. */
export const LOOKALIKES: Readonly<Record<string, (dice: Dice) => string>> = {
  'stand-in': (dice) => quoted(dice, dice.pick(NAMES), dice.pick(PHRASES.standIns)),
  reference: (dice) =>
    dice.pick([
      (n: string, v: string) => `${n} = ${v}`,
      (n: string, v: string) => `${n}: ${v},`,
      (n: string, v: string) => `  ${n}: ${v}`,
      (n: string, v: string) => `const ${n} = ${v};`,
    ])(dice.pick(NAMES), dice.pick(PHRASES.references)),
  'masked format': (dice) => {
    const { value, variable } = dice.pick(SHAPES)(dice);
    return `${variable}=${value.slice(0, 6)}${dice.pick(['...', 'xxxxxxxxxxxxxxxxxxxxxxxx', '****************', '<redacted>', 'XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX', '…'])}`;
  },
  uuid: (dice) =>
    dice.pick([
      `request_id=${dice.uuid()}`,
      `"id": "${dice.uuid()}"`,
      `const sessionId = '${dice.uuid()}';`,
      `trace ${dice.uuid()} took 20ms`,
      `<Project Guid="{${dice.uuid().toUpperCase()}}">`,
      `idempotency_key: ${dice.uuid()}`,
    ]),
  'git commit': (dice) =>
    dice.pick([
      `commit ${dice.hex(40)}\nAuthor: A`,
      `uses: actions/checkout@${dice.hex(40)}`,
      `index ${dice.hex(7)}..${dice.hex(7)} 100644`,
      `"gitHead": "${dice.hex(40)}"`,
      `FROM node:24@sha256:${dice.hex(64)}`,
      `rev = "${dice.hex(40)}"`,
      `git checkout ${dice.hex(40)}`,
    ]),
  digest: (dice) =>
    dice.pick([
      `sha256:${dice.hex(64)}`,
      `${dice.hex(64)}  dist.tar.gz`,
      `md5 = "${dice.hex(32)}"`,
      `ETag: "${dice.hex(32)}"`,
      `checksum: ${dice.hex(64)}`,
      `"fileHash": "${dice.hex(40)}"`,
      `etag: W/"${dice.hex(20)}"`,
      `traceparent: 00-${dice.hex(32)}-${dice.hex(16)}-01`,
      `cache_key = "${dice.hex(64)}"`,
      `x-request-id: ${dice.hex(32)}`,
    ]),
  'lock file': (dice) => {
    const integrity = createHash('sha512').update(dice.hex(8)).digest('base64');
    return dice.pick([
      `"node_modules/a": {\n  "version": "1.2.3",\n  "resolved": "https://registry.npmjs.org/a/-/a-1.2.3.tgz",\n  "integrity": "sha512-${integrity}"\n}`,
      `a@^1.0.0:\n  version "1.0.0"\n  resolved "https://registry.yarnpkg.com/a/-/a-1.0.0.tgz#${dice.hex(40)}"\n  integrity sha512-${integrity}`,
      `name = "serde"\nversion = "1.0.1"\nchecksum = "${dice.hex(64)}"`,
      `golang.org/x/net v0.7.0 h1:${integrity.slice(0, 43)}=\ngolang.org/x/net v0.7.0/go.mod h1:${integrity.slice(20, 63)}=`,
      `--hash=sha256:${dice.hex(64)} \\\n    --hash=sha256:${dice.hex(64)}`,
    ]);
  },
  'password hash': (dice) =>
    dice.pick([
      `password: "$2b$12$${dice.letters(A62, 53)}"`,
      `password_hash = "pbkdf2_sha256$260000$${dice.letters(A62, 22)}$${dice.letters(A62, 43)}="`,
      `"password": "$argon2id$v=19$m=65536,t=3,p=4$${dice.letters(A62, 22)}$${dice.letters(A62, 43)}"`,
      `root:$6$${dice.letters(A62, 8)}$${dice.letters(A62, 86)}:19000:0:99999:7:::`,
    ]),
  'public key': (dice) =>
    dice.pick([
      publicKey,
      publicRsa,
      `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${dice.letters(B64, 43)} me@host`,
      `ssh-rsa AAAAB3NzaC1yc2E${dice.letters(B64, 300)} ci`,
      `-----BEGIN CERTIFICATE-----\n${dice.letters(B64, 64)}\n${dice.letters(B64, 64)}\n-----END CERTIFICATE-----`,
      `{"kty":"RSA","n":"${dice.letters(`${A62}-_`, 342)}","e":"AQAB","kid":"${dice.hex(16)}"}`,
      `STRIPE_PUBLISHABLE_KEY=pk_live_${dice.letters(A62, 24)}`,
      `publicKey: "${dice.letters(B64, 43)}="`,
      `recaptcha_site_key: "6L${dice.letters(A62, 38)}"`,
    ]),
  'binary in base64': (dice) =>
    dice.pick([
      `<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${dice.letters(B64, 400)}">`,
      `src: url(data:font/woff2;base64,d09GMgABAAAAA${dice.letters(B64, 800)}) format('woff2');`,
      `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify({ version: 3, sources: ['a.ts', 'b.ts'], names: [], mappings: 'AAAA,SAAS,GAAG,CAAC,CAAS,EAAE' })).toString('base64')}`,
      `const wasm = "AGFzbQEAAAAB${dice.letters(B64, 500)}";`,
    ]),
  'code about secrets': (dice) => dice.pick(PHRASES.codeAboutSecrets),
  'url without password': (dice) => dice.pick(PHRASES.urlsWithoutPassword),
  ordinary: (dice) =>
    dice.pick([
      `color: #${dice.hex(6)}; background: #${dice.hex(8)}`,
      `v${dice.below(9)}.${dice.below(30)}.${dice.below(9)}-rc.1+build.${dice.hex(7)}`,
      `01${dice.letters('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)}`,
      `/p/${dice.letters(`${A62}_-`, 21)}`,
      `chunk-${dice.letters('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 8)}.js`,
      `main.${dice.hex(20)}.chunk.js`,
      `d="M${dice.digits(2)}.5 ${dice.digits(3)}c-1.2-.8 2.1-4.4L12 2z"`,
      `__NEXT_DATA__ buildId "${dice.letters(`${A62}_-`, 21)}"`,
      `toolu_01${dice.letters(A62, 22)}`,
      `call_${dice.letters(A62, 24)}`,
      `chatcmpl-${dice.letters(A62, 29)}`,
      `msg_01${dice.letters(A62, 22)}`,
      `0x${dice.hex(40)}`,
      `AAAA,SAAS,${dice.letters('ABCDEFGIJKLSU', 4)};${dice.letters('ABCDEFGIJKLSU', 8)}`,
      `s3://bucket/data/${dice.hex(32)}/part-0000.parquet`,
      `class="css-${dice.letters('abcdefghijklmnopqrstuvwxyz0123456789', 6)}-MuiButton"`,
    ]),
  minified: (dice) => {
    let text = '!function(e,t){"object"==typeof exports?module.exports=t():e.key=t()}(this,function(){';
    while (text.length < 600)
      text += `function ${dice.letters(A62.slice(26, 52), 1)}(e,t){return e.token=t.key,${dice.below(1e6)}===e.${dice.letters(A62.slice(26, 52), 2)}?${dice.letters(A62.slice(26, 52), 1)}(t):void 0}var ${dice.letters(A62.slice(26, 52), 2)}={password:"password",key:e=>t[e],auth:!0};`;
    return text;
  },
};

/** The same for data on people. */
export const NOT_PEOPLE: Readonly<Record<string, (dice: Dice) => string>> = {
  numbers: (dice) =>
    dice.pick([
      `const big = ${dice.digits(16)};`,
      `"timestamp": 17${dice.digits(11)}`,
      `id=${dice.digits(9)}`,
      `0.${dice.digits(16)}`,
      `[${dice.digits(3)}, ${dice.digits(4)}, ${dice.digits(6)}]`,
      `version 10.0.${dice.digits(5)}.${dice.digits(4)}`,
      `2026-03-${10 + dice.below(18)} 10:${10 + dice.below(49)}:22.${dice.digits(6)}`,
      `192.168.${dice.below(255)}.${dice.below(255)}`,
      `-${dice.digits(3)}.${dice.digits(8)},${dice.digits(2)}.${dice.digits(8)}`,
      `rgba(${dice.digits(2)}, ${dice.digits(2)}, ${dice.digits(2)}, 0.5)`,
      `order #${dice.digits(10)}`,
      `+${dice.digits(3)} -${dice.digits(3)} lines`,
      `0x${dice.hex(16)}`,
      `build ${dice.digits(8)}.${dice.digits(4)}`,
    ]),
  'not a mail': (dice) =>
    dice.pick([
      'git@github.com:corp/app.git',
      '@types/node@24.1.0',
      'icon@2x.png',
      'user@example.com',
      '@decorator(value)',
      'npm i react@latest',
      'actions/checkout@v4.2.1',
      'foo@localhost',
      '@media (max-width: 600px)',
      'noreply@github.com',
      'a@b',
      `me@${dice.hex(6)}.local`,
      'pkg@workspace:^',
      '$user@$host.com',
      '@Component.Inject.now',
    ]),
};
