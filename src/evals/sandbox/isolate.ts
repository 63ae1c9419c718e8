import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Limits } from './job.ts';

/** Where the run's own folder is inside, and where its files are put before it starts. */
export const HOME = '/box';
const HANDED = '/box-in';

/** What an isolator makes a command line of. */
export interface Inside {
  argv: readonly string[];
  /** The folder of this machine with the run's files; shown read-only, then copied. */
  handed: string;
  /** An empty folder, for isolators that need a place to mount. */
  root: string;
  reads: readonly string[];
  limits: Limits;
  /** Set when we are root: a user id nobody has, so that its processes are counted alone, and owner of the folders. */
  uid?: number;
}

/** One way to isolate. `command` is pure; whether it holds on this machine is proven by running the probe. */
export interface Isolator {
  name: string;
  needs: readonly string[];
  asRoot: boolean;
  command(inside: Inside): string[];
}

/** The system's folders with programs and libraries; nothing of a person is in them. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/lib32', '/libx32'];
const ETC = ['/etc/alternatives', '/etc/ld.so.cache'];

/** Copies the files to where they may be changed, then becomes the program. */
const START = `cp -R ${HANDED}/. ${HOME}/ && cd ${HOME} && exec "$@"`;

/** Runtimes reserve this without using it; what is used is looked at from outside. */
const RESERVED_MB = 1024;

function bounded({ argv, limits }: Inside): string[] {
  const bytes = (limits.memoryMb + RESERVED_MB) * 1_048_576;
  return [
    'prlimit',
    `--nproc=${limits.processes}`,
    `--data=${bytes}`,
    `--fsize=${limits.diskMb * 1_048_576}`,
    '--nofile=512',
    '--core=0',
    '--',
    'sh',
    '-c',
    START,
    'sh',
    ...argv,
  ];
}

const NO_RIGHTS = ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];

/** To a user that owns nothing here. Root is not bound by a limit on processes. */
function becoming({ uid }: Inside): string[] {
  return uid === undefined ? [] : ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
}

function bubblewrapArgs({ handed, reads, limits }: Inside): string[] {
  const size = String(limits.diskMb * 1_048_576);
  const system = SYSTEM.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path],
  );
  const etc = ETC.flatMap((path) => [...parents(path), '--ro-bind-try', path, path]);
  return [
    ...['--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try', '--die-with-parent', '--new-session'],
    ...system,
    ...etc,
    ...['--proc', '/proc', '--dev', '/dev', '--ro-bind', handed, HANDED],
    ...['--perms', '1777', '--size', size, '--tmpfs', HOME, '--perms', '1777', '--size', size, '--tmpfs', '/tmp'],
    ...reads.flatMap((path) => [...parents(path), '--ro-bind', path, path]),
    ...['--perms', '1777', '--size', size, '--tmpfs', '/dev/shm', '--remount-ro', '/dev', '--remount-ro', '/', '--chdir', HOME],
  ];
}

/** Folders above, which bubblewrap would make for its own user alone. */
function parents(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return names.flatMap((_, at) => ['--perms', '0755', '--dir', `/${names.slice(0, at + 1).join('/')}`]);
}

/** Mounts what bubblewrap would, with util-linux alone. Stays as process 1, so that its death ends all others. */
const MOUNTS = `set -e
root=$1; handed=$2; kb=$3; shift 3
mount --make-rprivate /
mount -t tmpfs -o mode=755,size=1m none "$root"
cd "$root"
show() { mkdir -p ".$2"; mount --bind "$1" ".$2"; mount -o remount,bind,ro,nosuid,nodev ".$2"; }
for one in ${SYSTEM.join(' ')}; do
  if [ -L "$one" ]; then ln -s "$(readlink "$one")" ".$one"; elif [ -d "$one" ]; then show "$one" "$one"; fi
done
[ -d /etc/alternatives ] && show /etc/alternatives /etc/alternatives
mkdir -p etc && cp /etc/ld.so.cache etc/ 2> /dev/null || true
mkdir -p proc dev old tmp .${HOME}
mount -t proc -o nosuid,nodev,noexec none proc
for one in null zero full random urandom; do touch dev/$one; mount --bind /dev/$one dev/$one; done
ln -s /proc/self/fd dev/fd; ln -s /proc/self/fd/0 dev/stdin; ln -s /proc/self/fd/1 dev/stdout; ln -s /proc/self/fd/2 dev/stderr
mkdir dev/shm
for one in .${HOME} tmp dev/shm; do mount -t tmpfs -o mode=1777,nosuid,nodev,size="$kb"k none $one; done
show "$handed" ${HANDED}
while [ "$1" != -- ]; do show "$1" "$1"; shift; done
shift
pivot_root . old
umount -l /old
mount -o remount,bind,ro,nosuid,nodev /
cd ${HOME}
"$@"
exit $?`;

const unshareArgs = ['--mount', '--pid', '--fork', '--net', '--ipc', '--uts', '--kill-child=KILL'];

function mounting({ root, handed, limits, reads }: Inside, then: string[]): string[] {
  return ['sh', '-c', MOUNTS, 'sh', root, handed, String(limits.diskMb * 1024), ...reads, '--', ...then];
}

/** The ways known, best first. */
export const ISOLATORS: readonly Isolator[] = [
  {
    name: 'bubblewrap',
    needs: ['bwrap', 'setpriv', 'prlimit'],
    asRoot: true,
    command: (inside) => [
      ...['bwrap', ...bubblewrapArgs(inside), '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP', '--'],
      ...[...becoming(inside), ...NO_RIGHTS, ...bounded(inside)],
    ],
  },
  {
    name: 'namespaces',
    needs: ['unshare', 'mount', 'pivot_root', 'setpriv', 'prlimit'],
    asRoot: true,
    command: (inside) => ['unshare', ...unshareArgs, ...mounting(inside, [...becoming(inside), ...NO_RIGHTS, ...bounded(inside)])],
  },
  {
    name: 'bubblewrap',
    needs: ['bwrap', 'setpriv', 'prlimit'],
    asRoot: false,
    command: (inside) => [
      ...[...becoming(inside), 'bwrap', '--unshare-user', ...bubblewrapArgs(inside), '--cap-drop', 'ALL', '--'],
      ...bounded(inside),
    ],
  },
  {
    name: 'namespaces',
    needs: ['unshare', 'mount', 'pivot_root', 'setpriv', 'prlimit'],
    asRoot: false,
    command: (inside) => [
      ...[...becoming(inside), 'unshare', '--user', '--map-root-user', ...unshareArgs],
      ...mounting(inside, ['setpriv', ...NO_RIGHTS, ...bounded(inside)]),
    ],
  },
];

/** Where a program lies, with the folders of administration that a user's PATH may leave out. */
export function programPath(name: string, path: string | undefined): string | undefined {
  const folders = [...(path ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}
