/**
 * What we encode is read by independent decoders, Open vSwitch's and Wireshark's, and what Open vSwitch encodes comes back from us byte for byte.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { toHex } from "../src/bytes/mod.js";
import {
  AggregateStatsRequest,
  BarrierReply,
  BarrierRequest,
  DescRequest,
  decodeBytes,
  EchoReply,
  encodeMessage,
  FeaturesReply,
  FeaturesRequest,
  FlowStatsRequest,
  GetConfigReply,
  GetConfigRequest,
  Hello,
  type KnownMessage,
  Match,
  type Message,
  type OXM,
  PortDescRequest,
  PortStatsRequest,
  SetConfig,
  TableFeaturesRequest,
  TableStatsRequest,
  VersionBitmap,
} from "../src/ofp/mod.js";
import { VERSIONS, type Version, versionName } from "../src/schema/mod.js";
import { arbitraryMessage, messageClasses, type RandomSource, seededSource } from "../src/testing/mod.js";
import { readCorpus } from "../test/ofp/corpus.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { run, runOk } from "./harness/process.js";
import { eventually } from "./harness/wait.js";

const corpus = readCorpus();

/** Runs `body` with a folder that is removed afterwards. */
async function inFolder<T>(body: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "codec-"));
  try {
    return await body(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

// ---- random messages that a switch or a controller could send -------------------------------------------------------------------

type Values = Record<string, unknown>;

const satisfied = (match: Match, requires: Readonly<Record<string, readonly number[]>>): boolean =>
  Object.entries(requires).every(([name, allowed]) =>
    match.entries.some((e) => e.field?.name === name && e.mask === undefined && allowed.includes(e.value as number)),
  );

const ANY_IP = { ethType: [0x0800, 0x86dd] };
const L4 = (protocols: number[]) => ({ ...ANY_IP, ipProto: protocols });
/** What a packet has to be for an action to make sense; actions that change what it is stand alone in their list. */
const ACTION_NEEDS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  "set-nw-ttl": ANY_IP,
  "dec-nw-ttl": ANY_IP,
  "set-nw-tos": ANY_IP,
  "set-ipv4-src": { ethType: [0x0800] },
  "set-ipv4-dst": { ethType: [0x0800] },
  "set-tp-src": L4([6, 17, 132]),
  "set-tp-dst": L4([6, 17, 132]),
  "set-mpls-ttl": { ethType: [0x8847] },
  "dec-mpls-ttl": { ethType: [0x8847] },
  "pop-mpls": { ethType: [0x8847] },
};
const CHANGING = ["push-vlan", "pop-vlan", "push-mpls", "pop-mpls", "set-vlan-vid", "set-vlan-pcp"];
/** Fields and actions that Open vSwitch does not have. */
const FOREIGN_FIELDS = ["pbbIsid", "ipv6Exthdr"];
const FOREIGN = ["copy-ttl-in", "copy-ttl-out"];
/** The standard's actions. Those of extensions are compared in ofctl-print.test.ts. */
const STANDARD = /^(output|group|enqueue|(set|push|pop|dec)-.*|unknown)$/;

function tidyActions(list: readonly Values[], match: Match, version: Version): Values[] {
  const kept = list.filter((a) => {
    const type = a.type as string;
    if (FOREIGN.includes(type) || !STANDARD.test(type) || (a.format ?? "") !== "" || /tunnel|nsh|pop-queue|pbb/.test(type)) return false;
    if (type === "set-field") {
      const { field } = a.field as { readonly field: typeof OXM.ethDst | undefined };
      return field !== undefined && satisfied(match, field.requires);
    }
    return satisfied(match, ACTION_NEEDS[type] ?? {});
  });
  for (const a of kept) {
    if (a.type === "set-vlan-vid") a.vlanVid = (a.vlanVid as number) & 0xfff;
    if (a.type === "set-vlan-pcp") a.vlanPcp = (a.vlanPcp as number) & 7;
    if (a.type === "set-nw-tos") a.tos = (a.tos as number) & 0xfc;
    if (a.type === "enqueue") a.port = ((a.port as number) & 0xff) + 1;
    if (a.type === "push-vlan") a.ethertype = 0x8100;
    if (a.type === "push-mpls") a.ethertype = 0x8847;
    if (a.type === "pop-mpls") a.ethertype = 0x0800;
    if (a.type === "group") a.groupId = (a.groupId as number) & 0xffff;
  }
  const changing = kept.find((a) => CHANGING.includes(a.type as string));
  if (changing === undefined) return kept;
  return changing.type === "pop-vlan" && version > 1 ? [] : [changing];
}

function tidyFlow(m: Values, version: Version): void {
  const match = m.match as Match;
  const seen = new Set<unknown>();
  m.instructions = (m.instructions as Values[]).filter((i) => !seen.has(i.type) && seen.add(i.type));
  m.tableId = version === 1 ? 0 : (m.tableId as number) & 0x7f;
  for (const i of m.instructions as Values[]) {
    if (i.type === "goto-table") i.tableId = (m.tableId as number) + 1 + ((i.tableId as number) & 0x3f);
    if (i.type === "meter") i.meterId = 1 + ((i.meterId as number) & 0xff);
    if ("actions" in i) i.actions = tidyActions(i.actions as Values[], match, version);
  }
  if (version === 1) m.instructions = (m.instructions as Values[]).filter((i) => (i.actions as unknown[]).length > 0);
  if (version < 4) m.flags = (m.flags as number) & 3;
}

/** A packet that has no more to it than an Ethernet header of an experimental type. */
const PACKET = Uint8Array.from([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, ...new Array<number>(46).fill(0)]);

/** Takes from a message that the tables allow what the standard does not, field by field. */
function tidy(message: Message, version: Version): Message {
  const m = message as unknown as Values;
  if (message.type === "packet-in") Object.assign(m, { userdata: new Uint8Array(0), continuation: [], properties: [] });
  for (const holder of [m, ...((m.flows as Values[] | undefined) ?? [])]) {
    if (holder.match instanceof Match)
      holder.match = new Match(holder.match.entries.filter((e) => !FOREIGN_FIELDS.includes(e.field?.name ?? "")));
  }
  switch (message.type) {
    case "error":
      m.data = encodeMessage(BarrierRequest.of({ xid: 7 }), version);
      m.errType = 1;
      m.code = (m.code as number) & 7;
      break;
    case "hello":
      m.elements = version < 4 ? [] : [VersionBitmap.of({ bitmaps: [0x12] })];
      break;
    case "packet-in":
      m.reason = (m.reason as number) % 3;
      m.match = Match.of({ inPort: 7 });
      m.data = PACKET;
      m.totalLen = PACKET.length;
      break;
    case "flow-removed":
      m.reason = (m.reason as number) % (version === 1 ? 3 : 4);
      break;
    case "packet-out":
      m.data = (m.bufferId as number) === 0xffffffff ? PACKET : new Uint8Array(0);
      m.inPort = version === 1 ? 9 : 0xfffffffd;
      m.match = version === 6 ? Match.of({ inPort: 7 }) : new Match([]);
      m.actions = tidyActions(m.actions as Values[], new Match([]), version);
      break;
    case "flow-mod":
      tidyFlow(m, version);
      if (version > 1) m.tableId = (m.tableId as number) & 0x7f;
      break;
    case "flow-stats-reply":
      for (const flow of m.flows as Values[]) tidyFlow(flow, version);
      m.flags = 0;
      break;
    case "set-config":
    case "get-config-reply":
      m.flags = (m.flags as number) & 1;
      break;
    case "features-reply":
      m.capabilities = (m.capabilities as number) & 0x6f;
      break;
    case "port-stats-request":
    case "port-stats-reply":
    case "table-stats-reply":
    case "port-desc-reply":
    case "desc-reply":
      m.flags = 0;
      break;
  }
  return message;
}

/** The messages that {@link tidy} knows how to make sense of; interop/ofctl-print.test.ts compares the others, sensible or not. */
const TIDIED = new Set([
  "hello",
  "echo-request",
  "echo-reply",
  "features-request",
  "features-reply",
  "get-config-request",
  "get-config-reply",
  "set-config",
  "packet-in",
  "packet-out",
  "flow-mod",
  "flow-removed",
  "port-status",
  "barrier-request",
  "barrier-reply",
  "desc-request",
  "desc-reply",
  "flow-stats-request",
  "flow-stats-reply",
  "aggregate-stats-request",
  "aggregate-stats-reply",
  "table-stats-request",
  "table-stats-reply",
  "port-stats-request",
  "port-desc-request",
  "port-desc-reply",
]);

interface Sent {
  readonly m: Message;
  readonly version: Version;
  readonly bytes: Uint8Array;
}

function randomMessages(source: RandomSource, versions: readonly Version[], each: number): Sent[] {
  const sent: Sent[] = [];
  for (const version of versions) {
    for (const { entryName: type } of messageClasses(version)) {
      if (!TIDIED.has(type)) continue;
      for (let i = 0; i < each; i++) {
        const made = arbitraryMessage(source, version, { type, sensible: true });
        // the forms of extensions are compared in ofctl-print.test.ts
        if (((made as { readonly format?: string }).format ?? "") !== "") continue;
        const m = tidy(made, version) as KnownMessage;
        m.xid = sent.length + 1;
        sent.push({ m, version, bytes: encodeMessage(m, version) });
      }
    }
  }
  return sent;
}

const shown = ({ m, version, bytes }: Sent): string => `${versionName(version)} ${JSON.stringify(m.toJSON())} ${toHex(bytes)}`;

// ---- Open vSwitch as decoder --------------------------------------------------------------------------------------------------------

const ofctl = withPeers(["ovs-ofctl"]);

ofctl.describe("ovs-ofctl", () => {
  ofctl.test("prints what the corpus says", async () => {
    const left = [...corpus];
    const wrong: unknown[] = [];
    const worker = async (): Promise<void> => {
      for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
        const { stdout } = await run("ovs-ofctl", ["ofp-print", toHex(entry.bytes)]);
        if (stdout.trimEnd() !== entry.text.trimEnd()) wrong.push({ place: entry.place, stdout, text: entry.text });
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(wrong).toEqual([]);
  });

  // What Open vSwitch refuses of matches and actions depends on each other's values: ofctl-print.test.ts compares its verdicts on random ones with ours.
  ofctl.test("decodes random messages of every version", async () => {
    const sent = randomMessages(seededSource(1), VERSIONS, 40).filter(
      // and it takes no properties of experimenters that it does not know
      ({ m }) => !("match" in m || "actions" in m || "flows" in m || JSON.stringify(m).includes("xperimenter")),
    );
    const printed = await inFolder(async (dir) => {
      const file = join(dir, "messages");
      await writeFile(file, Buffer.concat(sent.map(({ bytes }) => bytes)));
      return (await run("ovs-ofctl", ["ofp-parse", file])).stdout;
    });
    const wrong: string[] = [];
    let last = 0;
    for (const line of printed.split("\n")) {
      last = Number.parseInt(/\(xid=0x([0-9a-f]+)\)/.exec(line)?.[1] ?? last.toString(16), 16);
      if (line.includes("decode error")) wrong.push(`${line}\n  ${shown(sent.find(({ m }) => m.type !== "unknown" && m.xid === last)!)}`);
    }
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(printed.match(/\(xid=0x[0-9a-f]+\)/g)?.length).toBeGreaterThanOrEqual(sent.length);
  });
});

// ---- Wireshark as decoder -----------------------------------------------------------------------------------------------------------

/** A capture of raw IP packets in the classic pcap format, each message alone in a TCP connection of its own. */
function capture(messages: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0xa1b2c3d4);
  header.setUint16(4, 2);
  header.setUint16(6, 4);
  header.setUint32(16, 0x40000);
  header.setUint32(20, 101);
  parts.push(new Uint8Array(header.buffer));
  messages.forEach((bytes, i) => {
    const length = 40 + bytes.length;
    const packet = new DataView(new ArrayBuffer(16 + length));
    packet.setUint32(0, i);
    packet.setUint32(8, length);
    packet.setUint32(12, length);
    const ip = 16;
    packet.setUint8(ip, 0x45);
    packet.setUint16(ip + 2, length);
    packet.setUint8(ip + 8, 64);
    packet.setUint8(ip + 9, 6);
    packet.setUint32(ip + 12, 0x0a000000 + i);
    packet.setUint32(ip + 16, 0x0b000001);
    const tcp = ip + 20;
    packet.setUint16(tcp, 40000);
    packet.setUint16(tcp + 2, 6653);
    packet.setUint32(tcp + 4, 1);
    packet.setUint32(tcp + 8, 1);
    packet.setUint16(tcp + 12, 0x5018);
    packet.setUint16(tcp + 14, 65535);
    new Uint8Array(packet.buffer).set(bytes, tcp + 20);
    parts.push(new Uint8Array(packet.buffer));
  });
  return Buffer.concat(parts);
}

const tshark = withPeers(["tshark"]);

/** Wireshark 4.0 takes a packet-out or flow-mod of OpenFlow 1.0 to have one action, and looks for it even where there is none. */
const isDissected = ({ m, version }: Sent): boolean => {
  // the start of a packet is malformed by itself
  if (m.type === "packet-in") return m.data.length === m.totalLen;
  if (version !== 1) return true;
  if (m.type === "packet-out") return m.actions.length === 1;
  if (m.type !== "flow-mod") return true;
  const [only] = m.instructions;
  return only?.type === "apply-actions" && only.actions.length === 1;
};

tshark.describe("tshark", () => {
  /** The versions that Wireshark has a dissector for, and its name. */
  const DISSECTORS = { 1: "openflow_1_0", 4: "openflow_v4", 5: "openflow_v5", 6: "openflow_v6" } as const;
  const versions = [1, 4] as const;

  tshark.test(
    "dissects random messages and the corpus without a malformed packet",
    async () => {
      const sent = [
        ...randomMessages(seededSource(2), versions, 25),
        ...corpus
          .filter(({ version, type }) => (versions as readonly number[]).includes(version) && type !== "experimenter")
          // Wireshark 4.0 takes every body of an experimenter's multipart message for malformed
          .filter(
            ({ version, bytes }) => version === 1 || !((bytes[1] === 18 || bytes[1] === 19) && bytes[8] === 0xff && bytes[9] === 0xff),
          )
          .map(({ bytes, version }) => ({ m: decodeBytes(bytes), version, bytes })),
      ].filter(isDissected);
      const output = await inFolder(async (dir) => {
        const file = join(dir, "messages.pcap");
        await writeFile(file, capture(sent.map(({ bytes }) => bytes)));
        const fields = ["frame.number", "_ws.malformed", ...versions.map((v) => `${DISSECTORS[v]}.type`), "_ws.expert.message"];
        const words = ["-r", file, "-d", "tcp.port==6653,openflow", "-o", "tcp.check_checksum:FALSE", "-T", "fields"];
        return runOk("tshark", [...words, ...fields.flatMap((f) => ["-e", f])], { timeout: 120_000 });
      });
      const lines = output.trimEnd().split("\n");
      expect(lines.length).toBe(sent.length);
      const wrong = lines.flatMap((line, i) => {
        const [, malformed, ...types] = line.split("\t");
        const known = types.slice(0, versions.length).some((type) => type !== "");
        return malformed !== "" || !known ? [`${line} ${shown(sent[i]!)}`] : [];
      });
      expect(wrong.slice(0, 5)).toEqual([]);
    },
    150_000,
  );
});

// ---- Open vSwitch as encoder --------------------------------------------------------------------------------------------------------

/** Cuts a byte stream into messages. */
function framer(take: (message: Uint8Array) => void): (data: Uint8Array) => void {
  let held = new Uint8Array(0);
  return (data) => {
    held = Buffer.concat([held, data]);
    while (held.length >= 8) {
      const length = (held[2]! << 8) | held[3]!;
      if (length < 8 || held.length < length) break;
      take(held.slice(0, length));
      held = held.slice(length);
    }
  };
}

/** What a table can do, which is the same from OpenFlow 1.3 on; ovs-ofctl wants at least one table. */
const FEATURES = corpus.find(({ type }) => type === "table-features-reply")!;

/** What a switch answers to what ovs-ofctl asks, enough for its commands to end well: a multipart request gets an empty reply. */
function answer(bytes: Uint8Array, version: Version): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const xid = view.getUint32(4);
  const [request, reply, length] = version === 1 ? [16, 17, 12] : [18, 19, 16];
  if (bytes[1] === request) {
    if (version >= 4 && view.getUint16(8) === 12) {
      const features = FEATURES.bytes.slice();
      features.set([version], 0);
      features.set(bytes.subarray(4, 8), 4);
      return features;
    }
    const empty = new DataView(new ArrayBuffer(length));
    empty.setUint32(0, (version << 24) | (reply << 16) | length);
    empty.setUint32(4, xid);
    empty.setUint16(8, view.getUint16(8));
    return new Uint8Array(empty.buffer);
  }
  const m = decodeBytes(bytes);
  switch (m.type) {
    case "echo-request":
      return encodeMessage(EchoReply.of({ xid, data: m.data }), version);
    case "features-request":
      return encodeMessage(FeaturesReply.of({ xid, datapathId: 1n, nTables: 254 }), version);
    case "get-config-request":
      return encodeMessage(GetConfigReply.of({ xid }), version);
    case "barrier-request":
      return encodeMessage(BarrierReply.of({ xid }), version);
    default:
      return undefined;
  }
}

/** Runs ovs-ofctl commands against a listener that records what arrives. */
async function recorded(version: Version, commands: readonly (readonly string[])[]): Promise<Uint8Array[]> {
  return inFolder(async (dir) => {
    const messages: Uint8Array[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.write(encodeMessage(Hello.of({ xid: 1 }), version));
      socket.on(
        "data",
        framer((bytes) => {
          messages.push(bytes);
          const reply = answer(bytes, version);
          if (reply !== undefined) socket.write(reply);
        }),
      );
    });
    const path = join(dir, "switch");
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    try {
      for (const [command, ...words] of commands) {
        const at = words.map((word) => (word === "SWITCH" ? `unix:${path}` : word));
        const done = await run(
          "ovs-ofctl",
          ["-O", `OpenFlow1${version - 1}`, ...(version === 1 ? ["-F", "openflow10"] : []), command!, ...at],
          { timeout: 5000 },
        );
        expect(done.stderr.replace(/^.*\|WARN\|.*$/gm, "").trim(), [command, ...words].join(" ")).toBe("");
      }
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
    return messages;
  });
}

/** Decodes and encodes again; answers what did not come back. */
function changed(messages: readonly Uint8Array[]): string[] {
  return messages.flatMap((bytes) => {
    const m = decodeBytes(bytes);
    const again = toHex(encodeMessage(m, bytes[0] as Version));
    return again === toHex(bytes) ? [] : [`${JSON.stringify(m.toJSON())}\n${toHex(bytes)}\n${again}`];
  });
}

const MATCHES = [
  "in_port=1",
  "dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02",
  "dl_vlan=100,dl_vlan_pcp=5",
  "vlan_tci=0",
  "dl_type=0x88cc",
  "arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.0/8",
  "ip,nw_src=10.1.0.0/16,nw_dst=10.2.3.4,nw_tos=184",
  "icmp,icmp_type=8,icmp_code=0",
  "tcp,tp_src=1024,tp_dst=80",
  "udp,tp_dst=53",
  "sctp,tp_src=1,tp_dst=2",
];
const MATCHES_OXM = [
  "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00",
  "vlan_tci=0x1000/0x1000",
  "metadata=0x12/0xff",
  "ip,nw_ecn=2,nw_src=10.0.0.1/255.0.255.0",
  "tcp,tp_src=0x400/0xfc00",
  "arp,arp_sha=02:00:00:00:00:01,arp_tha=02:00:00:00:00:02",
  "tcp6,ipv6_src=2001:db8::/32,ipv6_dst=2001:db8::1,ipv6_label=0x12345",
  "icmp6,icmp_type=135,nd_target=fe80::1,nd_sll=02:00:00:00:00:01",
  "icmp6,icmp_type=136,nd_target=fe80::1,nd_tll=02:00:00:00:00:01",
  "mpls,mpls_label=100,mpls_tc=3",
];
const ACTION_TEXTS = [
  "drop",
  "output:2",
  "controller:128",
  "flood,in_port,local",
  "normal",
  "enqueue:2:7",
  "mod_vlan_vid:5,mod_vlan_pcp:3,1",
  "all",
];
const ACTION_TEXTS_OXM = [
  "group:5",
  "set_queue:3,2",
  "push_vlan:0x8100,set_field:4196->vlan_vid,2",
  "set_field:02:00:00:00:00:09->eth_dst,2",
  "push_mpls:0x8847,2",
  "output:1,clear_actions,write_actions(output:2),write_metadata:0x1/0xf,goto_table:3",
];

const commands = (version: Version): string[][] => {
  const matches = version === 1 ? MATCHES : [...MATCHES, ...MATCHES_OXM];
  const texts = version === 1 ? ACTION_TEXTS : [...ACTION_TEXTS.filter((a) => !a.startsWith("enqueue")), ...ACTION_TEXTS_OXM];
  return [
    ...matches.map((match, i) => [
      "add-flow",
      "SWITCH",
      `priority=${i},cookie=${i},idle_timeout=${i},hard_timeout=7,send_flow_rem,${match},actions=output:1`,
    ]),
    ...texts.map((actions) => ["add-flow", "SWITCH", `in_port=1,actions=${actions}`]),
    ["add-flow", "SWITCH", "dl_vlan=5,actions=strip_vlan,2"],
    ["mod-flows", "SWITCH", "in_port=1,actions=2"],
    ["--strict", "mod-flows", "SWITCH", "priority=5,in_port=1,actions=2"],
    ["del-flows", "SWITCH", "in_port=1"],
    ["--strict", "del-flows", "SWITCH", "priority=5,in_port=1,out_port=3"],
    ["dump-flows", "SWITCH", "tcp"],
    ["packet-out", "SWITCH", `in_port=controller packet=${toHex(PACKET)} actions=flood`],
  ];
};

ofctl.describe("what ovs-ofctl sends comes back byte for byte", () => {
  for (const version of [1, 3, 4, 5] as const) {
    ofctl.test(
      `OpenFlow ${versionName(version)}`,
      async () => {
        // --strict is an option and stands before the command
        const all = commands(version).map(([first, ...words]) =>
          first === "--strict" ? [words[0]!, "--strict", ...words.slice(1)] : [first!, ...words],
        );
        const messages = await recorded(version, all);
        const types = new Set(messages.map((bytes) => decodeBytes(bytes).type));
        for (const type of ["hello", "flow-mod", "flow-stats-request", "packet-out", "barrier-request"]) expect([...types]).toContain(type);
        expect(changed(messages)).toEqual([]);
      },
      60_000,
    );
  }
});

const vswitchd = withPeers(["ovs-vswitchd", "ovs-ofctl"]);

vswitchd.describe("what a real switch sends comes back byte for byte", () => {
  for (const version of [1, 4] as const) {
    vswitchd.test(
      `OpenFlow ${versionName(version)}`,
      async () => {
        await using ovs = await OpenVswitch.start();
        await ovs.addBridge("br0", { protocols: [`OpenFlow1${version - 1}`] });
        await ovs.addPort("br0", "p1", { ofport: 1 });
        const messages: Uint8Array[] = [];
        const socket = connect(ovs.management("br0").slice("unix:".length));
        socket.on("error", () => {});
        socket.on(
          "data",
          framer((bytes) => messages.push(bytes)),
        );
        const send = (m: Message): void => void socket.write(encodeMessage(m, version));
        try {
          for (const m of [
            Hello.of({ xid: 1 }),
            SetConfig.of({ missSendLen: 0xffff }),
            FeaturesRequest.of({ xid: 2 }),
            GetConfigRequest.of({ xid: 3 }),
            DescRequest.of({ xid: 4 }),
            PortDescRequest.of({ xid: 5 }),
            PortStatsRequest.of({ xid: 6 }),
            TableStatsRequest.of({ xid: 7 }),
            AggregateStatsRequest.of({ xid: 8 }),
            ...(version === 4 ? [TableFeaturesRequest.of({ xid: 9 })] : []),
          ])
            send(m);
          const flow = "priority=9,cookie=5,send_flow_rem,tcp,nw_dst=10.0.0.0/8,actions=mod_dl_dst:02:00:00:00:00:09,output:1";
          await ovs.ofctl("-O", `OpenFlow1${version - 1}`, "add-flow", "br0", flow);
          await ovs.ofctl("-O", `OpenFlow1${version - 1}`, "add-flow", "br0", "priority=1,actions=controller:65535");
          send(FlowStatsRequest.of({ xid: 10 }));
          await ovs.addPort("br0", "p2", { ofport: 2 });
          await ovs.receive("p1", PACKET);
          await ovs.ofctl("-O", `OpenFlow1${version - 1}`, "del-flows", "br0", "tcp");
          send(BarrierRequest.of({ xid: 11 }));
          const wanted = ["features-reply", "get-config-reply", "desc-reply", "port-desc-reply", "port-stats-reply", "table-stats-reply"];
          wanted.push("aggregate-stats-reply", "flow-stats-reply", "packet-in", "port-status", "flow-removed", "barrier-reply");
          if (version === 4) wanted.push("table-features-reply");
          const types = (): string[] => messages.map((bytes) => decodeBytes(bytes).type);
          await eventually(() => wanted.every((type) => types().includes(type)), {
            what: () => `each of ${wanted.filter((type) => !types().includes(type)).join(", ")}`,
          });
          expect(messages.filter((bytes) => decodeBytes(bytes).type === "error").map(toHex)).toEqual([]);
          expect(changed(messages)).toEqual([]);
        } finally {
          socket.destroy();
        }
      },
      60_000,
    );
  }
});
