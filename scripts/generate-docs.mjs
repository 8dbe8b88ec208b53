// @ts-check
/**
 * Writes the pages of docs/reference/ that are made from the tables in the code. Run it as `npm run docs`, which builds first; a test
 * compares the pages with the tables.
 */
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|");

/**
 * The page of all error codes.
 * @param {Readonly<Record<string, string>>} codes - the library's own, with their meaning
 * @param {Readonly<Record<string, string>>} errnos - the errno names, with their text
 */
export function errorsPage(codes, errnos) {
  /** @param {Readonly<Record<string, string>>} table */
  const rows = (table) => Object.entries(table).map(([code, meaning]) => `| \`${code}\` | ${cell(meaning)} |`);
  return `# Error codes

<!-- Made by \`npm run docs\` from src/errors/; do not edit. -->

Every error that this library throws or rejects with is a \`SouthboundError\`. Decide by its \`code\`: codes are stable, messages are for people
and may change between releases. \`SouthboundError.is(e)\` also knows the errors of another copy of the library in the same process.

\`\`\`js
import { SouthboundError } from "southbound/errors";
import { openVconn } from "southbound/vconn";

try {
  await openVconn("unix:/run/nobody.sock");
} catch (e) {
  if (SouthboundError.is(e) && e.code === "ENOENT") console.log("nothing listens there");
  else throw e;
}
\`\`\`

\`\`\`text
nothing listens there
\`\`\`

## Codes of the library

| code | meaning |
|---|---|
${rows(codes).join("\n")}

A \`DecodeError\` has the code \`ERR_DECODE\` and says more: \`reason\` is the OpenFlow error that answers such bytes, \`offset\` and \`path\` tell
where in the message they stand.

## Errno names of connections

A connection that fails carries the errno name that Open vSwitch reports in that case, and its text stands in brackets at the end of the message.

| code | text |
|---|---|
${rows(errnos).join("\n")}
`;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { ERROR_CODES, ERRNO_TEXT } = await import(pathToFileURL(join(ROOT, "dist", "errors", "mod.js")).href);
  const dir = join(ROOT, "docs", "reference");
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "errors.md"), errorsPage(ERROR_CODES, ERRNO_TEXT));
  const { messagePages } = await import("./message-pages.mjs");
  const { tableClasses } = await import("./message-pages.mjs");
  for (const [name, page] of Object.entries(await messagePages(ROOT))) writeFileSync(join(dir, name), page);
  const { apiPages } = await import("./api-pages.mjs");
  const api = join(ROOT, "docs", "api");
  mkdirSync(api, { recursive: true });
  for (const [name, page] of Object.entries(apiPages(ROOT, await tableClasses(ROOT)))) writeFileSync(join(api, name), page);
}
