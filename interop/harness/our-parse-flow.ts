/** Commands of our ofctl that print what they read, run in this process. */
import { decodeText } from "../../src/bytes/mod.js";
import { Fatal } from "../../src/cli/ofctl/fatal.js";
import { flowFormatsOf } from "../../src/cli/ofctl/flow-formats.js";
import { flush } from "../../src/cli/ofctl/output.js";
import { parseFlow, parseFlows } from "../../src/cli/ofctl/parse-flow.js";
import { parseGroup } from "../../src/cli/ofctl/parse-group.js";
import { DEFAULTS, type Run, type Settings } from "../../src/cli/ofctl/settings.js";
import { Vlog } from "../../src/cli/ofctl/vlog.js";
import type { Version } from "../../src/schema/mod.js";
import type { OfctlResult } from "./ofctl-server.js";

/** What `ofctl -O VERSIONS -F any parse-flow TEXT` comes to. @param log - what `-v` says, each; @param verbosity - how often `-m` is given: from 5 times on, the bytes are dumped */
export const ourParseFlow = (text: string, versions: readonly Version[], log: readonly string[], verbosity = 0): OfctlResult =>
  ran(parseFlow, text, versions, log, verbosity);

/** What `ofctl -O VERSIONS -F any parse-flows FILE` comes to. @param log - what `-v` says, each */
export const ourParseFlows = (file: string, versions: readonly Version[], log: readonly string[]): Promise<OfctlResult> =>
  ranLater(parseFlows, file, versions, log);

/** What `ofctl -O VERSIONS -F any parse-group TEXT` comes to. @param log - what `-v` says, each */
export const ourParseGroup = (text: string, versions: readonly Version[], log: readonly string[]): OfctlResult =>
  ran(parseGroup, text, versions, log, 0);

function ran(command: Run, text: string, versions: readonly Version[], log: readonly string[], verbosity: number): OfctlResult {
  let [stdout, stderr] = ["", ""];
  const vlog = new Vlog("ovs-ofctl", (line) => {
    stderr += line;
  });
  for (const words of log) vlog.set(words);
  const settings: Settings = {
    ...DEFAULTS,
    connection: { versions, log: vlog, tls: {} as Settings["connection"]["tls"] },
    flowFormats: flowFormatsOf("any", versions),
    verbosity,
  };
  const { write } = process.stdout;
  process.stdout.write = (bytes: Uint8Array | string): boolean => {
    stdout += typeof bytes === "string" ? bytes : decodeText(bytes, 0, bytes.length);
    return true;
  };
  try {
    void command([text], settings);
    flush();
    return { status: 0, stdout, stderr };
  } catch (e) {
    if (!(e instanceof Fatal)) throw e;
    flush();
    return { status: 1, stdout, stderr: `${stderr}ovs-ofctl: ${e.message}\n` };
  } finally {
    process.stdout.write = write;
  }
}

/** The same for a command that goes on later. Not to be run beside another one. */
async function ranLater(command: Run, text: string, versions: readonly Version[], log: readonly string[]): Promise<OfctlResult> {
  let [stdout, stderr] = ["", ""];
  const vlog = new Vlog("ovs-ofctl", (line) => {
    stderr += line;
  });
  for (const words of log) vlog.set(words);
  const settings: Settings = {
    ...DEFAULTS,
    connection: { versions, log: vlog, tls: {} as Settings["connection"]["tls"] },
    flowFormats: flowFormatsOf("any", versions),
  };
  const { write } = process.stdout;
  process.stdout.write = (bytes: Uint8Array | string): boolean => {
    stdout += typeof bytes === "string" ? bytes : decodeText(bytes, 0, bytes.length);
    return true;
  };
  try {
    await command([text], settings);
    flush();
    return { status: 0, stdout, stderr };
  } catch (e) {
    if (!(e instanceof Fatal)) throw e;
    flush();
    return { status: 1, stdout, stderr: `${stderr}ovs-ofctl: ${e.message}\n` };
  } finally {
    process.stdout.write = write;
  }
}
