// @ts-check
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * The main function of a command of this package. In a clone that was not built it prints what to type, and ends the process with status 1.
 * @param {"southbound" | "ofctl"} name
 * @returns {Promise<(words: readonly string[]) => Promise<number>>}
 */
export async function mainOf(name) {
  const program = new URL(`../dist/cli/${name}.js`, import.meta.url);
  if (!existsSync(program)) {
    const root = fileURLToPath(new URL("..", import.meta.url));
    process.stderr.write(`${name}: this clone is not built (there is no dist/): type "npm run build" in ${root}\n`);
    process.exit(1);
  }
  return (await import(program.href)).main;
}
