/** Where programs are. Daemons stand in sbin folders, which are not on every user's path. */
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** The folders in which programs are looked for. */
export const SEARCH_PATH: readonly string[] = [
  ...new Set([...(process.env.PATH ?? "").split(":").filter((dir) => dir !== ""), "/usr/local/sbin", "/usr/sbin", "/sbin"]),
];

/** The path of a program; `undefined` if it is not installed. */
export function which(program: string): string | undefined {
  return SEARCH_PATH.map((dir) => join(dir, program)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
