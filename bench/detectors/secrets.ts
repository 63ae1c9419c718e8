import type { Dice } from './random.ts';
import data from './shapes.json' with { type: 'json' };

/** A credential and the name it usually has. */
export interface Credential {
  id: string;
  variable: string;
  value: string;
  /** Means something without a name beside it. */
  alone: boolean;
}

const UP = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LOW = UP.toLowerCase();
const DIGITS = '0123456789';
const ALPHABETS: Readonly<Record<string, string>> = {
  a62: UP + LOW + DIGITS,
  hex: `${DIGITS}abcdef`,
  b64: `${UP}${LOW}${DIGITS}+/`,
  b64u: `${UP}${LOW}${DIGITS}_-`,
  up: UP + DIGITS,
  lo: LOW + DIGITS,
  dig: DIGITS,
  b32: `${UP}234567`,
  b58: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
};

const NAMELESS = new Set(['aws-secret-access-key', 'gcp-service-account', 'together-like', 'datadog-like', 'cloudflare', 'azure-storage']);

function shaped(dice: Dice, shape: readonly (string | (string | number)[])[]): string {
  return shape
    .map((piece) => (typeof piece === 'string' ? piece : dice.letters(ALPHABETS[piece[0] as string]!, piece[1] as number)))
    .join('');
}

export const SHAPES: readonly ((dice: Dice) => Credential)[] = data.shapes.map(({ id, variable, shape }) => (dice: Dice) => {
  const alone = !NAMELESS.has(id);
  const name = id === 'azure-storage' ? 'AccountKey' : id === 'gcp-service-account' ? 'private_key_secret' : variable;
  return { id, variable: name, value: shaped(dice, shape as (string | (string | number)[])[]), alone };
});

const WORDS = 'river stone amber falcon copper meadow harbor violet winter lantern pepper saddle orbit timber velvet canyon'.split(' ');
const SIGNS = '!@#$%^&*-_+?';

/** Passwords as people and generators make them. */
export function password(dice: Dice): string {
  const word = () => dice.pick(WORDS);
  const capital = () => word().replace(/^./, (letter) => letter.toUpperCase());
  return dice.pick([
    () => dice.letters(UP + LOW + DIGITS, 12 + dice.below(12)),
    () => `${dice.letters(LOW, 1)}${dice.letters(UP + LOW + DIGITS + SIGNS, 12 + dice.below(8))}${dice.digits(1)}`,
    () => `${capital()}${dice.digits(2 + dice.below(3))}${dice.pick([...SIGNS])}`,
    () => `${word()}-${word()}-${word()}-${dice.digits(2)}`,
    () => `${capital()}${capital()}${dice.digits(4)}`,
    () => `${dice.letters(LOW, 3)}${dice.pick([...'!#%^*'])}${capital()}${dice.digits(3)}`,
  ])();
}

const NAMES = [
  'DB_PASSWORD',
  'db_password',
  'password',
  'passwd',
  'PGPASSWORD',
  'MYSQL_ROOT_PASSWORD',
  'adminPassword',
  'smtp_pass',
  'redis.password',
  'spring.datasource.password',
  'API_KEY',
  'apiKey',
  'api_key',
  'X-Api-Key',
  'client_secret',
  'clientSecret',
  'SECRET_KEY',
  'SECRET_KEY_BASE',
  'JWT_SECRET',
  'jwtSecret',
  'access_token',
  'AUTH_TOKEN',
  'authToken',
  'SESSION_SECRET',
  'ENCRYPTION_KEY',
  'signing_key',
  'webhook_secret',
  'private_token',
  'refreshToken',
  'SERVICE_TOKEN',
  'INTERNAL_API_TOKEN',
  'token',
  'secret',
];

/** A value under a name of its own, without a form that anyone could know. */
export function generic(dice: Dice): Credential {
  const variable = dice.pick(NAMES);
  const isPassword = /pass/i.test(variable);
  const value = isPassword
    ? password(dice)
    : dice.pick([
        () => dice.letters(UP + LOW + DIGITS, 20 + dice.below(30)),
        () => dice.hex(dice.pick([32, 40, 64])),
        () => `${dice.letters(`${UP}${LOW}${DIGITS}+/`, 43)}=`,
      ])();
  return { id: isPassword ? 'generic-password' : 'generic-token', variable, value, alone: false };
}

/** Whole texts whose structure gives the secret away. */
export const STRUCTURES: Readonly<Record<string, (dice: Dice) => string>> = {
  'pem-key': (dice) => {
    const label = dice.pick(['RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ', '', 'DSA ']);
    const lines = Array.from({ length: 6 + dice.below(20) }, () => dice.letters(ALPHABETS['b64']!, 64));
    const pem = [`-----BEGIN ${label}PRIVATE KEY-----`, ...lines, `-----END ${label}PRIVATE KEY-----`];
    return dice.pick([
      () => pem.join('\n'),
      () => `  "private_key": "${pem.join('\\n')}\\n",`,
      () => `tls.key: |\n${pem.map((line) => `    ${line}`).join('\n')}`,
      () => `const key = \`${pem.join('\n')}\`;`,
      () => `key = (\n${pem.map((line) => `    "${line}\\n"`).join('\n')}\n)`,
      () => `KEY="${pem.join('\\n')}"`,
      () => pem.map((line) => `# ${line}`).join('\n'),
    ])();
  },
  'pgp-key': (dice) =>
    `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${dice.letters(ALPHABETS['b64']!, 64)}\n${dice.letters(ALPHABETS['b64']!, 64)}\n-----END PGP PRIVATE KEY BLOCK-----`,
  'connection-url': (dice) => {
    const scheme = dice.pick([
      'postgres',
      'postgresql',
      'mysql',
      'mongodb+srv',
      'redis',
      'rediss',
      'amqp',
      'amqps',
      'smtp',
      'https',
      'ftp',
      'mssql',
      'ldap',
      'postgresql+asyncpg',
    ]);
    const secret = encodeURIComponent(password(dice));
    const user = dice.pick(['app', 'svc_orders', 'admin', 'root', 'reporting', '']);
    const url = `${scheme}://${user}:${secret}@${dice.pick(['db', 'db.internal', '10.0.4.7', 'cluster0.mongodb.net', 'prod-db.eu-west-1.rds.amazonaws.com'])}:${1024 + dice.below(9000)}/app?ssl=true`;
    return dice.pick([
      `DATABASE_URL=${url}`,
      `  url: "${url}"`,
      `engine = create_engine('${url}')`,
      `Connecting to ${url} ...`,
      `git remote add origin ${url}`,
      `jdbc:${url}`,
      `psql "${url}"`,
    ]);
  },
  'connection-string': (dice) => {
    const secret = password(dice).replace(/[;'"]/g, 'x');
    return dice.pick([
      `Server=tcp:sql1.corp.net,1433;Database=orders;User ID=app;Password=${secret};Encrypt=True;`,
      `"ConnectionStrings": { "Default": "Host=db;Username=svc;Password=${secret}" }`,
      `dsn = "host=10.0.0.4 user=app password=${secret} dbname=x sslmode=disable"`,
      `DefaultEndpointsProtocol=https;AccountName=prodstore;AccountKey=${dice.letters(ALPHABETS['b64']!, 86)}==;EndpointSuffix=core.windows.net`,
      `Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${dice.letters(ALPHABETS['b64']!, 43)}=`,
    ]);
  },
  'basic-auth': (dice) => {
    const basic = Buffer.from(`svc:${password(dice)}`).toString('base64');
    return dice.pick([
      `curl -H "Authorization: Basic ${basic}" https://api.corp.net/v1`,
      `headers = {"Authorization": "Basic ${basic}"}`,
      `Authorization: Basic ${basic}`,
      `curl -u svc:${password(dice).replace(/[$"'`<>]/g, 'q')} https://api.corp.net`,
    ]);
  },
  'k8s-secret': (dice) =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  ${dice.pick(['password', 'api-key', 'token', 'DB_PASSWORD'])}: ${Buffer.from(dice.letters(ALPHABETS['a62']!, 18)).toString('base64')}\n`,
  'git-remote': (dice) =>
    `[remote "origin"]\n\turl = https://${dice.pick(['oauth2:', 'x-access-token:', ''])}ghp_${dice.letters(ALPHABETS['a62']!, 36)}@github.com/corp/app.git`,
  'docker-config': (dice) =>
    JSON.stringify({ auths: { 'registry.corp.net': { auth: Buffer.from(`robot:${password(dice)}`).toString('base64') } } }),
  netrc: (dice) => `machine api.corp.net\n  login deploy\n  password ${dice.letters(ALPHABETS['a62']!, 20)}\n`,
};

/** JSON Web Tokens that decode. */
export function jsonWebToken(dice: Dice): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: dice.pick(['HS256', 'RS256', 'ES256']), typ: 'JWT' })}.${part({ sub: dice.digits(8), iat: 1_700_000_000 + dice.below(9e7), role: 'admin' })}.${dice.letters(ALPHABETS['b64u']!, 43)}`;
}
