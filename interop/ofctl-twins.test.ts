/**
 * The same commands with `ovs-ofctl` on one switch and with ours on its twin: what they print and their status are the same, and so is what the switches have in the end. The twins are two bridges of Open vSwitch, and
 * two of our own switches: what those lack, both tools are told in the same words.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { Switch } from "../src/switch/mod.js";
import { SOAK } from "../test/soak.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { type RunResult, run } from "./harness/process.js";
import { ALWAYS, EVERYWHERE, FILES, MANY, OTHERS, type Script, WITH_TABLES } from "./ofctl-scripts.js";

const OFCTL = fileURLToPath(new URL("../bin/ofctl.js", import.meta.url));
const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

/** A bridge, and the letter that the names of its ports begin with. */
interface Twin {
  readonly bridge: string;
  readonly letter: string;
}
const REAL: Twin = { bridge: "real", letter: "r" };
const OURS: Twin = { bridge: "ours", letter: "o" };

const ALL_VERSIONS = ["OpenFlow10", "OpenFlow11", "OpenFlow12", "OpenFlow13", "OpenFlow14", "OpenFlow15"];

/** What is printed, without what differs from run to run or belongs to one bridge. */
const plain = (text: string, { bridge, letter }: Twin): string =>
  text
    .replaceAll(new RegExp(`\\b${bridge}\\b`, "g"), "BR")
    .replaceAll(new RegExp(`\\b${letter}([12])\\b`, "g"), "P$1")
    .replaceAll(/^\d{4}-[^|]*\|\d+\|/gm, "")
    .replaceAll(/^(ovs-)?ofctl: /gm, "")
    .replaceAll(/xid=(0x)?[0-9a-f]+/g, "xid")
    .replaceAll(/time=[\d.]+ ms/g, "time")
    .replaceAll(/Finished in .*/g, "Finished")
    .replaceAll(/duration[=:][\d.]+s/g, "duration")
    .replaceAll(/(idle|hard)_age=\d+, /g, "")
    .replaceAll(/dpid:[0-9a-f]{16}/g, "dpid")
    .replaceAll(/addr:[0-9a-f:]{17}/g, "addr")
    .replaceAll(/unix:\S*\.mgmt/g, "SOCKET")
    .replaceAll(/(lookup|matched)=\d+/g, "$1");

/** Lines in the order of flows, which hangs on the switch's hash tables. */
const sorted = (text: string): string => text.split("\n").sort().join("\n");

/** The words of a command line, of which those with blanks stand in single quotes. */
const wordsOf = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plainWord]) => quoted ?? plainWord!);

let dir: string;
let ovs: OpenVswitch;
let own: readonly Switch[];
let ownDir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "southbound-ofctl-"));
  ownDir = await mkdtemp(join(tmpdir(), "southbound-twins-"));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(dir, name), text);
  ovs = await OpenVswitch.start();
  for (const { bridge, letter } of [REAL, OURS]) {
    await ovs.addBridge(bridge, { protocols: ALL_VERSIONS });
    for (const n of [1, 2]) await ovs.addPort(bridge, `${letter}${n}`, { ofport: n });
  }
  own = await Promise.all(
    [REAL, OURS].map(async ({ bridge, letter }) => {
      const sw = new Switch({ datapathId: 1n });
      for (const portNo of [1, 2]) sw.addPort({ portNo, name: `${letter}${portNo}` });
      await sw.listen(`punix:${ownDir}/${bridge}.mgmt`);
      return sw;
    }),
  );
});
afterAll(async () => {
  await ovs?.stop();
  for (const sw of own ?? []) await sw.close();
  await rm(dir, { recursive: true, force: true });
  await rm(ownDir, { recursive: true, force: true });
});

async function perform(
  twin: Twin,
  tool: readonly string[],
  env: Readonly<Record<string, string>>,
  line: Script[number],
): Promise<RunResult> {
  const [command, input] = typeof line === "string" ? [line] : line;
  const words = wordsOf(command).map((word) =>
    word
      .replaceAll("BR", twin.bridge)
      .replaceAll(/\bP([12])\b/g, `${twin.letter}$1`)
      .replaceAll("DIR", dir),
  );
  const [program, ...before] = tool;
  const result = await run(program!, [...before, ...words], {
    env: { ...env, OVS_SYSLOG_METHOD: "null" },
    ...(input === undefined ? {} : { input }),
  });
  return { ...result, stdout: sorted(plain(result.stdout, twin)), stderr: plain(result.stderr, twin) };
}

/** Runs a script with both tools, each on its twin. @param version - put before each command; none where the commands say their own */
async function compare(env: Readonly<Record<string, string>>, script: Script, version?: string): Promise<void> {
  const options = version === undefined ? [] : ["-O", version];
  const differ: unknown[] = [];
  for (const line of script) {
    const [real, ours] = await Promise.all([
      perform(REAL, ["ovs-ofctl", ...options], env, line),
      perform(OURS, [process.execPath, OFCTL, ...options], env, line),
    ]);
    try {
      expect(ours, `${version ?? ""} ${line}`).toEqual(real);
    } catch (e) {
      differ.push(e);
    }
  }
  if (differ.length > 0)
    throw differ.length === 1 ? differ[0] : new AggregateError(differ, differ.map((e) => (e as Error).message).join("\n"));
}

/** Our own switch has registers that Open vSwitch 3.1 does not know: what tables can do is compared on bridges alone. */
const FEATURES = "-O OpenFlow15 dump-table-features BR";

const ownEnv = (): Record<string, string> => ({ OVS_RUNDIR: ownDir });

describe("ofctl beside ovs-ofctl", () => {
  test("a short script prints and does the same", () => compare(ovs.env, [...ALWAYS, FEATURES]), 180_000);
  test("on our own switch too", () => compare(ownEnv(), ALWAYS), 180_000);
});

if (SOAK)
  describe("ofctl beside ovs-ofctl at length", () => {
    for (const version of ALL_VERSIONS) {
      test(`prints and does the same in ${version}`, () => compare(ovs.env, [...EVERYWHERE, ...WITH_TABLES, ...OTHERS], version));
      test(`and on our own switch in ${version}`, () => compare(ownEnv(), [...EVERYWHERE, ...WITH_TABLES, ...OTHERS], version));
    }
    test("options, forms of commands and bad input", () => compare(ovs.env, MANY));
    test("and on our own switch", () =>
      compare(
        ownEnv(),
        MANY.filter((line) => !/dump-table-features|benchmark BR 5 0/.test(String(line))),
      ));
  });
