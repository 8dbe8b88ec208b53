/**
 * Random texts of flows, right and wrong, through our ofctl and the real ovs-ofctl: the same output, error, usable protocols and log of what a match loses. `SEED=7 COUNT=100000` vary them, and
 * `WRONG=FILE` writes all differences as JSON.
 */
import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { VERSIONS, type Version, versionName } from "../src/schema/mod.js";
import { seededSource } from "../src/testing/mod.js";
import { randomFlow } from "../test/ofp/syntax/random/flow.js";
import { SOAK } from "../test/soak.js";
import { ACTIONS, MATCHES } from "./flow-examples.js";
import { type OfctlResult, OfctlServer } from "./harness/ofctl-server.js";
import { ourParseFlow } from "./harness/our-parse-flow.js";
import { withPeers } from "./harness/peers.js";

const SEED = Number(process.env.SEED ?? 1);
const COUNT = Number(process.env.COUNT ?? (SOAK ? 100_000 : 10_000));
/** Commands that wait for their turn in ovs-ofctl at a time. */
const AHEAD = 32;

const LOG = ["PATTERN:console:%c|%p|%m", "console:off", "ofp_match:console:info"];
const nameOf = (v: Version): string => `OpenFlow${versionName(v).replace(".", "")}`;

/** The verbosity from which on messages are dumped. */
const DUMPED = 5;

const EXAMPLE_VERSIONS: readonly (readonly Version[])[] = [[1], [4], [6], VERSIONS];

interface Found {
  readonly text: string;
  readonly versions: readonly Version[];
  readonly theirs: OfctlResult;
  readonly ours: OfctlResult;
}

/** A difference that stays, and why. */
interface Difference {
  readonly why: string;
  /** A text that meets it, and the version for which it is read. */
  readonly example: readonly [text: string, version: Version];
  readonly is: (f: Found) => boolean;
}

const refused =
  (pattern: RegExp) =>
  ({ theirs, ours }: Found): boolean =>
    theirs.status === 0 && ours.status === 1 && pattern.test(ours.stderr);

const ABORTED = 256 + 6;

const DIFFERENCES: readonly Difference[] = [
  {
    why: "the registers that Open vSwitch 3.7 has beyond those of 3.1",
    example: ["reg16=0,actions=drop", 4],
    is: ({ theirs }) =>
      /\b(reg(1[6-9]|2\d|3[01])|xreg([89]|1[0-5])|xxreg[4-7]) is not a valid|unknown keyword x*reg\d+/.test(theirs.stderr),
  },
  {
    why: "ovs-ofctl fails an assertion where lists within clone have a mistake, which is reported",
    example: ["actions=clone(exit,ct(exec(),zone=foo))", 4],
    is: ({ theirs, ours }) => theirs.status === ABORTED && /assertion .* failed/.test(theirs.stderr) && ours.status === 1,
  },
  {
    why: "a mask of IPv6 that begins with decimal digits, which ovs-ofctl prints and takes for the length of a prefix, is read",
    example: ["ipv6,ipv6_src=::/0:ff::,actions=drop", 4],
    is: ({ theirs }) => /: \S*\/[ +-]?\d[0-9a-f]*:[0-9a-f:.]*: (invalid IPv6 address|IPv6 network prefix bits)/i.test(theirs.stderr),
  },
  {
    why: "part of a field wider than 64 bits is refused where its place on the wire has six bits for the width, where Open vSwitch sends another part",
    example: ["actions=output:xxreg0", 4],
    is: refused(/does not fit ctZone\n$|bits of a field where at most 64 can be sent\n$/),
  },
  {
    why: "a field whose header has 64 bits is refused as a part in learn, where there is room for 32, where Open vSwitch sends what no switch reads",
    example: ["actions=learn(load:actset_output[0..7]->reg0[0..7])", 4],
    is: refused(/has a header of 64 bits, for which there is no room\n$/),
  },
  {
    why: "a load of the lower two bits of nw_tos is refused in OpenFlow 1.5, where Open vSwitch sends a set-field that switches refuse",
    example: ["ip,actions=load:1->NXM_OF_IP_TOS[0..1]", 6],
    is: refused(/nw_tos: OpenFlow 1\.5 cannot load \d+, of which the two lowest bits have to be 0\n$/),
  },
  {
    why: "some bits of the port in 16 bits are refused in a set-field of OpenFlow 1.5, where a port has no mask",
    example: ["actions=load:1->NXM_OF_IN_PORT[14]", 6],
    is: refused(/Match\.inPort: \d+\/\d+ does not fit the OXM header 0x\d+: make it with Match\.of or oxmOf\n$/),
  },
  {
    why: "the port in 32 bits and the six bits of ip_dscp are taken for Nicira's forms of them in a move of OpenFlow 1.5 that is printed",
    example: ["ip,actions=move:reg0[0..5]->OXM_OF_IP_DSCP[]", 6],
    is: ({ text, versions, theirs }) =>
      versions.includes(6) && theirs.status === 0 && /(OXM_OF_(IP_DSCP|IN_PORT)|ip_dscp|in_port_oxm)\b/.test(text) && text.includes("move"),
  },
  {
    why: "a range of nat that starts at no address or port is refused, where Open vSwitch sends what no switch reads",
    example: ["ip,actions=ct(commit,nat(src=0.0.0.0-1.2.3.4))", 4],
    is: refused(/Nat\.range: range: it ends before it starts\n$/),
  },
];

const MATCH_LOG = /(?:ofp_match\|INFO\|normalization changed ofp_match, details:\nofp_match\|INFO\| pre: .*\nofp_match\|INFO\|post: .*\n)/g;

/** ovs-ofctl logs a second time what it loses when it reads the message again that it prints. */
const once = (stderr: string): string => {
  const logs = stderr.match(MATCH_LOG) ?? [];
  return (logs[0] ?? "") + stderr.replace(MATCH_LOG, "");
};

const shown = ({ status, stdout, stderr }: OfctlResult): string => `${status}\n${stdout}${once(stderr)}`;

/** Reads a text with both programs. */
async function tried(server: OfctlServer, text: string, versions: readonly Version[], verbosity = 0): Promise<Found> {
  const more = verbosity === 0 ? [] : [`-${"m".repeat(verbosity)}`];
  const args = [...more, ...LOG.map((words) => `-v${words}`), "-O", versions.map(nameOf).join(","), "-F", "any", "parse-flow", "--", text];
  const theirs = server.run(args);
  return { text, versions, ours: ourParseFlow(text, versions, LOG, verbosity), theirs: await theirs };
}

const peers = withPeers(["ovs-ofctl", "cc"]);

peers.test("each difference that stays is there", async () => {
  await using server = await OfctlServer.start();
  for (const { why, example, is } of DIFFERENCES) {
    const found = await tried(server, example[0], [example[1]]);
    expect(is(found), `${why}: ${JSON.stringify(found)}`).toBe(true);
  }
});

peers.test("what the manual pages describe is read, or refused, as ovs-ofctl does it", async () => {
  await using server = await OfctlServer.start();
  const texts = [
    ...MATCHES.map((match) => `${match}${match === "" ? "" : ","}actions=drop`),
    ...ACTIONS.flatMap((actions) => ["", "ip,", "tcp6,", "mpls,"].map((match) => `${match}actions=${actions}`)),
  ];
  const found = await Promise.all(texts.flatMap((text) => EXAMPLE_VERSIONS.map((versions) => tried(server, text, versions))));
  const wrong = found.filter((f) => shown(f.theirs) !== shown(f.ours) && !DIFFERENCES.some(({ is }) => is(f)));
  if (process.env.WRONG !== undefined) writeFileSync(process.env.WRONG, JSON.stringify(wrong));
  expect(wrong.slice(0, 5)).toEqual([]);
});

peers.test(
  "every action is the same bytes in every version, or refused alike",
  async () => {
    await using server = await OfctlServer.start();
    const texts = ACTIONS.flatMap((actions) =>
      ["", "ip,", "tcp,", "ipv6,", "mpls,", "vlan_tci=0x1000/0x1000,", "dl_type=0x894f,"].map((match) => `${match}actions=${actions}`),
    );
    const found = await Promise.all(texts.flatMap((text) => VERSIONS.map((version) => tried(server, text, [version], DUMPED))));
    const wrong = found.filter((f) => shown(f.theirs) !== shown(f.ours) && !DIFFERENCES.some(({ is }) => is(f)));
    if (process.env.WRONG !== undefined) writeFileSync(process.env.WRONG, JSON.stringify(wrong));
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(found.filter((f) => f.theirs.stdout.includes("\n00000000  ")).length).toBeGreaterThan(1000);
  },
  180_000,
);

peers.test(
  "random flows are read as ovs-ofctl reads them",
  async () => {
    const source = seededSource(SEED);
    await using server = await OfctlServer.start();
    const wrong: Found[] = [];
    let good = 0;
    let made = 0;
    const worker = async (): Promise<void> => {
      while (made < COUNT) {
        made++;
        const text = randomFlow(source);
        const versions = source.integer(0, 1) === 0 ? VERSIONS : [VERSIONS[source.integer(0, 5)]!];
        const found = await tried(server, text, versions);
        if (found.theirs.status === 0) good++;
        if (shown(found.theirs) === shown(found.ours)) continue;
        if (!DIFFERENCES.some(({ is }) => is(found))) wrong.push(found);
      }
    };
    await Promise.all(Array.from({ length: AHEAD }, worker));
    if (process.env.WRONG !== undefined) writeFileSync(process.env.WRONG, JSON.stringify(wrong));
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(good).toBeGreaterThan(COUNT / 4);
  },
  Math.max(180_000, 20 * COUNT),
);
