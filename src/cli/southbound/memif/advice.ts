import type { SouthboundError } from "../../../errors/mod.js";
import { MemifError } from "../../../memif/mod.js";
import type { Role } from "./role.js";

/** What a peer says when it refuses, in whatever words, and which option to compare then. */
const COMPARE: readonly (readonly [RegExp, string])[] = [
  [/secret/i, "secret"],
  [/\bid\b/i, "id"],
  [/\bmode\b/i, "mode"],
];

/**
 * The line for a connection that was not made: what was wrong, and what to do.
 * @param written - how the user writes an option: `--id`, or `id=`; null for one that there is not
 */
export function advised(error: SouthboundError, role: Role, written: (option: string) => string | null): string {
  const { code, message } = error;
  if (!(error instanceof MemifError)) {
    const absent = role === "client" && (code === "ENOENT" || code === "ECONNREFUSED");
    return absent ? `${message}; start the server, this end tries again` : message;
  }
  // libmemif says nothing to a client that asks for an id which it does not have.
  const silent = role === "client" && code === "ECONNREFUSED" && error.reason === "";
  const option = silent ? "id" : COMPARE.find(([said]) => said.test(error.reason))?.[1];
  const name = option === undefined ? null : written(option);
  return name === null ? message : `${message}; compare ${name} at both ends`;
}
