import { SouthboundError } from "../../errors/mod.js";
import { type FieldList, parseNxMatch, rewriteFields } from "../../ofp/syntax/mod.js";
import type { Version } from "../../schema/mod.js";
import { Fatal } from "./fatal.js";
import { dump, type Run, type Settings, testLines, write } from "./settings.js";

const VERSIONS: readonly string[] = ["OpenFlow10", "OpenFlow11", "OpenFlow12", "OpenFlow13", "OpenFlow14", "OpenFlow15"];
const FIRST_WITH_OXM = 3;

/** Prints each list of fields as it is written again, or why it is refused. */
async function rewriteLines(list: FieldList, { strict, verbosity, connection: { log } }: Settings): Promise<void> {
  for await (const line of testLines()) {
    const found = rewriteFields(read(line.trim()), list, strict, log.note);
    if (typeof found === "string") write(`nx_pull_match() returned error ${found}\n`);
    else write(`${found.text}\n${verbosity > 0 ? dump(found.bytes) : ""}`);
  }
}

function read(line: string): Uint8Array {
  try {
    return parseNxMatch(line);
  } catch (e) {
    if (SouthboundError.is(e) && e.code === "ERR_SYNTAX") throw new Fatal(e.message);
    throw e;
  }
}

/** Lists of fields of Nicira's messages. */
export const parseNxm: Run = (_args, settings) => rewriteLines(0, settings);

/** Lists of fields of a version. */
export const parseOxm: Run = async ([name = ""], settings) => {
  const version = VERSIONS.findIndex((v) => v.toLowerCase() === name.toLowerCase()) + 1;
  if (version < FIRST_WITH_OXM) throw new Fatal("invalid argument: use OpenFlow12, OpenFlow13, OpenFlow14 or OpenFlow15");
  await rewriteLines(version as Version, settings);
};
