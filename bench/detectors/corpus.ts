import { readdirSync, readFileSync, statSync } from 'node:fs';

const CODE = /\.(?:[cm]?[jt]sx?|json|md|ya?ml|css|html|py|go|rs|c|cc|h|hpp|java|rb|sh|map)$/;
/** Larger files are bundles; nobody sends one whole. Bytes. */
const LARGEST = 400_000;

/** Files of code below a folder, in order, without links. */
export function* filesBelow(folder: string): Generator<{ path: string; text: string }> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== '.git') yield* filesBelow(path);
    } else if (entry.isFile() && CODE.test(entry.name) && statSync(path).size <= LARGEST) yield { path, text: readFileSync(path, 'utf8') };
  }
}
