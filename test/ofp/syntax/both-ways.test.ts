/**
 * Messages printed and read again. What the text of a message cannot carry stands once in {@link LOST}, what is printed and not read in {@link UNREAD}. A kind of messages that gets a parser gets a
 * row in {@link KINDS}.
 */
import { describe, expect, test } from "vitest";
import { SouthboundError } from "../../../src/errors/mod.js";
import { ALL_TABLES, decodeBytes, encodeMessage, FlowMod, FlowModCommand, type Instruction, type Message } from "../../../src/ofp/mod.js";
import {
  FlowText,
  formatFlow,
  formatMatch,
  Protocol,
  printBytes,
  protocolsOfVersion,
  resentInstructions,
} from "../../../src/ofp/syntax/mod.js";
import { type Json, VERSIONS, type Version, versionName } from "../../../src/schema/mod.js";
import { arbitraryMessage, seededSource } from "../../../src/testing/mod.js";
import { scaled } from "../../soak.js";
import { readCorpus } from "../corpus.js";
import { COMMANDS, flowOfPrinted } from "./flow-of-printed.js";

/** A text of a message, what it should be read as, and how it is read. */
interface Text {
  readonly text: string;
  readonly meant: Message;
  read(): Message;
}

/** The protocol by which a flow-mod goes: in OpenFlow 1.0 there are four. */
function protocolOf(m: FlowMod, flow: FlowText, version: Version): number {
  if (version !== 1) return protocolsOfVersion(version);
  const named = flow.tableId !== 255;
  return m.format === "nxt" ? (named ? Protocol.NxmTable : Protocol.Nxm) : named ? Protocol.OpenFlow10Table : Protocol.OpenFlow10;
}

/** The texts of a message. */
type Texts = (m: Message, version: Version, printed: string) => readonly Text[];

/** Instructions as Open vSwitch writes them, of which several forms say the same. */
const resent = (instructions: readonly Instruction[], version: Version): readonly Instruction[] =>
  resentInstructions(instructions, version);

const flowMod: Texts = (message, version, printed) => {
  const m = message as FlowMod;
  if (version !== 1 && m.format === "nxt") return [];
  const command = COMMANDS[m.command]!;
  const text = flowOfPrinted(printed, command);
  const read = (): Message => {
    const flow = new FlowText(text, { command });
    return flow.mod(protocolOf(m, flow, version));
  };
  return [{ text, meant: FlowMod.of({ ...m, instructions: resent(m.instructions, version) }), read }];
};

/** Each flow of a reply is a text with which it can be added. */
const flowStats: Texts = (message, version) =>
  (message as Extract<Message, { type: "flow-stats-reply" }>).flows.map((flow) => {
    const text = formatFlow(flow, { version });
    const { tableId, priority, idleTimeout, hardTimeout, flags, cookie, importance, match, instructions } = flow;
    const meant = FlowMod.of({
      tableId,
      priority,
      idleTimeout,
      hardTimeout,
      flags,
      cookie,
      importance,
      match,
      instructions: resent(instructions, version),
      format: version === 1 ? "nxt" : "",
    });
    const read = (): Message => new FlowText(text, {}).mod(version === 1 ? Protocol.NxmTable : protocolsOfVersion(version));
    return { text, meant, read };
  });

const KINDS: readonly (readonly [type: Message["type"], texts: Texts])[] = [
  ["flow-mod", flowMod],
  ["flow-stats-reply", flowStats],
];

interface Lost {
  /** Where it stands in the plain object. */
  readonly path: RegExp;
  readonly why: string;
  /** The messages that lose it; all unless given. */
  readonly of?: (m: FlowMod) => boolean;
}

const deletes = (m: FlowMod): boolean => m.command >= FlowModCommand.Delete;

/** What the text of a flow cannot carry. */
const LOST: readonly Lost[] = [
  { path: /^\.bufferId$/, why: "the text of a flow has no word for a packet that waits" },
  { path: /^\.outGroup$/, why: "it is not printed" },
  { path: /^\.outPort$/, why: "the text of a flow that is added or changed has none", of: (m) => !deletes(m) },
  {
    path: /^\.(idleTimeout|hardTimeout|flags|importance|instructions|priority|newCookie)$/,
    why: "the text of a deletion has none, though one has a priority where it is strict",
    of: deletes,
  },
  { path: /^\.importance$/, why: "only flows that are added have one", of: (m) => m.command !== FlowModCommand.Add },
  { path: /^\.cookie$/, why: "bits that the mask leaves out", of: (m) => m.cookieMask !== 0n },
  {
    path: /^\.(cookie|newCookie|cookieMask)$/,
    why: "the cookie that flows get is not told from the one that they have",
    of: (m) => m.command !== FlowModCommand.Add,
  },
  { path: /^\.cookieMask$/, why: "it means nothing for a flow that is added", of: (m) => m.command === FlowModCommand.Add },
  { path: /^\.tableId$/, why: "table 0 is not printed, and without a table flows are deleted from all", of: deletes },
  { path: /^\.cookie$/, why: "a cookie of all ones is printed as none", of: (m) => m.cookie === 0xffff_ffff_ffff_ffffn },
  {
    path: /^\.(tableId|namesTable)$/,
    why: "a table 255, which a reply may name, is none in the text of a flow",
    of: (m) => m.tableId === ALL_TABLES,
  },
  { path: /\.(output|output-reg|enqueue)\.maxLen$/, why: "the bytes for the controller, where the packet goes elsewhere" },
  { path: /\.(dec-nw-ttl|resubmit|copy-field|set-tunnel|output-reg)\.format$/, why: "several forms say the same" },
  {
    path: /\.(set-field|set-mpls-label|set-mpls-tc|set-tunnel|set-tp-src|set-tp-dst)$/,
    why: "versions without an action have another one for it",
  },
  {
    path: /^\.instructions\.apply-actions\.actions$/,
    why: "a set-field of more than 64 bits is several loads in Nicira's words",
    of: (m) => m.format === "nxt",
  },
  { path: /^\.match\.wire1[01]$/, why: "bytes of the structures of OpenFlow 1.0 and 1.1 that do not count" },
  { path: /^\.match\.tun(Erspan|Gtpu)/, why: "the value counts for the mask, and some are printed beside the version that has them alone" },
  { path: /^\.match\.(tunFlags|ctState)$/, why: "the bits that count are told, of which others are zero" },
  { path: /^\.match\.nshC[1-4]$/, why: "printed beside metadata of type 1 alone" },
  { path: /^\.match\.ipFrag$/, why: "later fragments have one word, whether or not the other bit counts" },
  { path: /^\.match\.tunGbpFlags$/, why: "printed without its mask" },
  { path: /^\.match\.ct(NwProto|TpSrc|TpDst)$/, why: "printed beside a protocol alone, and sent beside one that is not 0" },
  { path: /^\.match\.x*reg\d+$/, why: "the registers alone and by two say the same" },
  { path: /^\.match\.vlan(Vid|Pcp|Tci)$/, why: "the parts of a tag and the whole of it say the same" },
];

/** Texts that are printed and not read, as with ovs-ofctl, by the error. */
const UNREAD: readonly (readonly [error: RegExp, why: string])[] = [
  [/^unknown keyword gtpu_(flags|msgtype)$/, "ovs-ofctl prints the fields of GTP-U by names that it does not read"],
  [/^cannot set cookie /, "the cookie that a deletion gives flows means nothing"],
  [/too large for 1-byte field icmp/, "the structures of OpenFlow 1.0 have 16 bits for a type of ICMP"],
  [
    /^actions are invalid with specified match /,
    "what is received is checked less than what is added: such as a table that comes before its own",
  ],
  [/^at least one "in_port" or "table" must be specified on resubmit$/, "a resubmit that names neither"],
  [/^invalid conntrack helper "\d+"$/, "helpers that have no name"],
  [/^Invalid property: /, "properties of headers that have none"],
  [/^<error>: unknown fragment type/, "fragments that are later and none"],
  [/^\d+: not a valid /, "values beyond the bits of a field of MPLS, which are decoded"],
];

/** The reasons that were needed. */
const met = new Set<unknown>();
let ran = 0;

const sorted = (v: Json): Json =>
  Array.isArray(v)
    ? v.map(sorted)
    : typeof v === "object" && v !== null
      ? Object.fromEntries(
          Object.keys(v)
            .sort()
            .map((k) => [k, sorted((v as { [k: string]: Json })[k]!)]),
        )
      : v;

/** Where two plain objects differ. */
function* differing(a: Json | undefined, b: Json | undefined, path: string): Generator<string> {
  if (JSON.stringify(a) === JSON.stringify(b)) return;
  const isObject = (v: unknown): v is { [k: string]: Json } => typeof v === "object" && v !== null;
  if (
    !isObject(a) ||
    !isObject(b) ||
    Array.isArray(a) !== Array.isArray(b) ||
    a.type !== b.type ||
    (Array.isArray(a) && a.length !== (b as unknown as Json[]).length)
  ) {
    yield path;
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
    yield* differing(a[key], b[key], `${path}.${Array.isArray(a) ? (isObject(a[key]) ? (a[key] as { type?: string }).type : "") : key}`);
}

const errorOf = (run: () => Message): Message | string => {
  try {
    return run();
  } catch (e) {
    if (SouthboundError.is(e)) return e.message;
    throw e;
  }
};

/** What goes wrong with a message: nothing, where its texts are read as what they mean. */
function* faults(bytes: Uint8Array, version: Version, texts: Texts): Generator<unknown> {
  const printed = printBytes(bytes, { verbosity: 2 });
  if (printed.includes("***decode error")) return;
  for (const { text, meant, read } of texts(decodeBytes(bytes), version, printed)) {
    const found = errorOf(() => decodeBytes(encodeMessage(read(), version)));
    if (typeof found === "string") {
      const known = UNREAD.find(([error]) => error.test(found));
      if (known === undefined) yield { text, found };
      else met.add(known);
      continue;
    }
    const plain = (m: Message): Json => sorted({ ...(m.toJSON() as object), xid: 0, version: 0 });
    const wanted = errorOf(() => decodeBytes(encodeMessage(meant, version)));
    if (typeof wanted === "string") continue;
    const [a, b] = [wanted, found].map((m) => formatMatch((m as FlowMod).match, { version }));
    if (a !== b) yield { text, a, b };
    for (const path of differing(plain(wanted), plain(found), "")) {
      const known = LOST.find((lost) => lost.path.test(path) && (lost.of?.(meant as FlowMod) ?? true));
      if (known === undefined) yield { text, path, version };
      else met.add(known);
    }
  }
}

describe.each(KINDS)("%s printed and read again is the same", (type, texts) => {
  test("in the corpus", () => {
    const found = readCorpus()
      .filter((e) => e.type === type)
      .flatMap(({ bytes, version }) => [...faults(bytes, version, texts)]);
    expect(found.slice(0, 5)).toEqual([]);
    ran++;
  });

  test.each(VERSIONS.map((v) => [versionName(v), v] as const))("at random in OpenFlow %s", (_name, version) => {
    const source = seededSource(version);
    const found: unknown[] = [];
    for (let i = 0; i < scaled(800); i++) {
      const m = arbitraryMessage(source, version, { type, sensible: true });
      found.push(...faults(encodeMessage(m, version), version, texts));
    }
    expect(found.slice(0, 5)).toEqual([]);
    ran++;
  });
});

test("what is lost is lost", ({ skip }) => {
  if (ran < KINDS.length * (VERSIONS.length + 1)) skip();
  const needless = [...LOST.map((lost) => [lost, lost.why]), ...UNREAD.map((row) => [row, row[1]])].filter(([row]) => !met.has(row));
  expect(needless.map(([, why]) => why)).toEqual([]);
});
