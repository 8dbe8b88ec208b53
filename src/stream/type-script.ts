/**
 * What to do about a file of TypeScript that Node has refused to load.
 * @param file - its path
 * @param e - what `import()` has thrown
 * @returns one line; undefined where TypeScript is not the reason
 */
export function typeScriptAdvice(file: string, e: unknown): string | undefined {
  if (!/\.[cm]?ts$/.test(file)) return undefined;
  const code = (e as { readonly code?: unknown } | null)?.code;
  const compiled = `compile it ("npx -p typescript tsc --module nodenext --target es2023 ${file}") and name the file that comes of it`;
  if (code === "ERR_UNKNOWN_FILE_EXTENSION")
    return `Node ${process.versions.node} does not run TypeScript: use Node 22.18 or newer, or ${compiled}`;
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return `Node takes types away and does no more: write it without enums, namespaces and parameter properties, or ${compiled}`;
  if (code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING") return `Node runs no TypeScript within node_modules: ${compiled}`;
  return undefined;
}
