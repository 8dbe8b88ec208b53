/** Why a switch refuses matches, actions, instructions and groups: faults as data, by the rules of the standard and of Open vSwitch, the same for the printer, the parser and the switch. */
import { describe, expect, test } from "vitest";
import {
  checkActions,
  checkActionsFor,
  checkGroup,
  checkInstructions,
  checkInstructionsFor,
  checkMatch,
  explainFault,
  factsOfMatch,
  hasField,
  OPEN_VSWITCH,
  type Requirement,
  type Rules,
  STANDARD,
} from "../../src/ofp/check/mod.js";
import {
  type Action,
  apply,
  CopyTtlIn,
  DecNwTtl,
  encodeMessage,
  FlowMod,
  GotoTable,
  GroupModCommand,
  GroupType,
  type Instruction,
  Match,
  MatchEntry,
  type MatchInit,
  Meter,
  masked,
  Output,
  OXM,
  OXM_FIELDS,
  oxmOf,
  PopVlan,
  PortNo,
  PushVlan,
  SetField,
  SetIpv4Src,
  SetTpSrc,
  SetVlanVid,
  WriteActions,
} from "../../src/ofp/mod.js";
import { parseFlow, print, printBytes } from "../../src/ofp/syntax/mod.js";
import { compileFlow, type Refusal, refuseMatch } from "../../src/switch/mod.js";

const set = (...fields: Parameters<typeof oxmOf>): SetField => SetField.of({ field: oxmOf(...fields) });
const out = Output.of({ port: 1 });
const TCP = { ethType: 0x0800, ipProto: 6 };

/** What is missing, as a few words. */
const words = (needs: readonly Requirement[]): string[] => needs.map((r) => `${r.field.name}=${r.values.join("|")}`);

describe("a match", () => {
  test.each<[MatchInit, string | undefined, string | undefined, string[]]>([
    [{ ...TCP, tcpDst: 80 }, undefined, undefined, []],
    [{ tcpDst: 80 }, "OFPBMC_BAD_PREREQ", "tcpDst", ["ethType=2048|34525", "ipProto=6"]],
    [{ ethType: 0x0800, tcpDst: 80 }, "OFPBMC_BAD_PREREQ", "tcpDst", ["ipProto=6"]],
    [{ ethType: 0x0800, ipProto: 17, tcpDst: 80 }, "OFPBMC_BAD_PREREQ", "tcpDst", ["ipProto=6"]],
    [{ ...TCP, ipFrag: 3, tcpDst: 80 }, "OFPBMC_BAD_PREREQ", "tcpDst", ["ipFrag=0"]],
    [{ ipv4Src: 1 }, "OFPBMC_BAD_PREREQ", "ipv4Src", ["ethType=2048"]],
    [{ vlanPcp: 1 }, "OFPBMC_BAD_PREREQ", "vlanPcp", ["vlanVid=4096"]],
    [{ vlanVid: 0, vlanPcp: 1 }, "OFPBMC_BAD_PREREQ", "vlanPcp", ["vlanVid=4096"]],
    [{ vlanVid: masked(0x1000, 0x1000), vlanPcp: 1 }, undefined, undefined, []],
    [{ packetType: 0x10800, ethSrc: 1 }, "OFPBMC_BAD_PREREQ", "ethSrc", ["packetType=0"]],
    [{ ethType: 0x86dd, ipProto: 58, ipv6NdTarget: 1n }, "OFPBMC_BAD_PREREQ", "ipv6NdTarget", ["icmpv6Type=135|136"]],
    [
      { ethType: 0x86dd, ipProto: 58, icmpv6Type: 135, icmpv6Code: 1, ipv6NdTarget: 1n },
      "OFPBMC_BAD_PREREQ",
      "ipv6NdTarget",
      ["icmpv6Code=0"],
    ],
    [{ ctState: 0x21, ctNwSrc: 1 }, undefined, undefined, []],
    [{ ctState: masked(0x20, 0x30), ctNwSrc: 1 }, undefined, undefined, []],
    [{ ctState: 0x30, ctNwSrc: 1 }, "OFPBMC_BAD_PREREQ", "ctNwSrc", ["ctState=32"]],
    [{ ctNwProto: 6 }, "OFPBMC_BAD_PREREQ", "ctNwProto", ["ctState=32"]],
    [{ nshSi: 1 }, "OFPBMC_BAD_PREREQ", "nshSi", ["ethType=35151"]],
    [{ ethType: 0x894f, nshSi: 1, nshC1: masked(1, 1) }, undefined, undefined, []],
  ])("%o", (init, error, field, needs) => {
    const match = Match.of(init);
    for (const rules of [STANDARD, OPEN_VSWITCH]) {
      const fault = checkMatch(match, rules);
      expect([fault?.error, fault?.field?.name, words(fault?.needs ?? [])]).toEqual([error, field, needs]);
    }
  });

  test("is explained by what it lacks", () => {
    const told = (init: MatchInit): string => explainFault(checkMatch(Match.of(init), STANDARD)!);
    expect(told({ tcpDst: 80 })).toBe("tcpDst needs ethType 0x800 or 0x86dd and ipProto 6");
    expect(told({ vlanPcp: 1 })).toBe("vlanPcp needs vlanVid 0x1000 in the bits 0x1000");
    const fault = checkActionsFor(factsOfMatch(Match.of({})), [set({ ipv4Src: 1 })], 4, STANDARD)!;
    expect([fault.error, explainFault(fault)]).toEqual(["OFPBAC_MATCH_INCONSISTENT", "set-field of ipv4Src needs ethType 0x800"]);
  });

  test("lacks nothing just where the packets have the field", () => {
    const facts = [
      {},
      TCP,
      { ethType: 0x86dd, ipProto: 58, icmpv6Type: 135 },
      { vlanVid: 0x1001 },
      { ctState: 0x21 },
      { packetType: 0x10800 },
    ];
    for (const k of facts.map((init) => factsOfMatch(Match.of(init as MatchInit)))) {
      for (const field of OXM_FIELDS) {
        const unmet: Requirement[] = [];
        expect(hasField(field, k, unmet)).toBe(unmet.length === 0);
        expect(hasField(field, k)).toBe(unmet.length === 0);
      }
    }
  });
});

const entry = (name: keyof typeof OXM, value: number, mask?: number): MatchEntry => new MatchEntry(OXM[name] as never, 0, value, mask);
const faultOf = (entries: readonly MatchEntry[], rules: Rules): string | undefined => checkMatch(new Match(entries), rules)?.error;

/** What Open vSwitch alone does: the answer of the standard's rules, and its own. */
const EXCEPTIONS: [string, (rules: Rules) => string | undefined, string | undefined, string | undefined][] = [
  ["has not all fields", (r) => faultOf([entry("inPhyPort", 1)], r), undefined, "OFPBMC_BAD_FIELD"],
  [
    "takes requirements in their order alone",
    (r) => faultOf([entry("ipProto", 6), entry("ethType", 0x800)], r),
    undefined,
    "OFPBMC_BAD_PREREQ",
  ],
  ["takes masks that change nothing", (r) => faultOf([entry("ethType", 0x800, 0xffff)], r), "OFPBMC_BAD_MASK", undefined],
  ["has ports of 16 bits", (r) => faultOf([entry("inPort", 0x10000)], r), undefined, "OFPBMC_BAD_VALUE"],
  ["has ARP operations of 8 bits", (r) => faultOf([entry("ethType", 0x806), entry("arpOp", 0x100)], r), undefined, "OFPBMC_BAD_VALUE"],
  ["lacks actions", (r) => checkActions([CopyTtlIn.of()], 4, r)?.error, undefined, "OFPBAC_BAD_TYPE"],
  [
    "calls fields that cannot be written wrong values",
    (r) => checkActions([set({ ethType: 1 })], 4, { ...r, writes: () => false })?.error,
    "OFPBAC_BAD_SET_TYPE",
    "OFPBAC_BAD_SET_ARGUMENT",
  ],
  ["sends to ports of 16 bits", (r) => checkActions([Output.of({ port: 0x10000 })], 4, r)?.error, undefined, "OFPBAC_BAD_OUT_PORT"],
  [
    "has two tags",
    (r) => checkActionsFor(factsOfMatch(Match.of({})), [PushVlan.of(), PushVlan.of(), PushVlan.of()], 4, r)?.error,
    undefined,
    "OFPBAC_BAD_TAG",
  ],
  [
    "looks at an action set as it is given",
    (r) => checkInstructionsFor(Match.of({}), [WriteActions.of({ actions: [set({ vlanVid: 0x1001 }), PushVlan.of()] })], 0, 4, r)?.error,
    undefined,
    "OFPBAC_MATCH_INCONSISTENT",
  ],
];

test.each(EXCEPTIONS)("Open vSwitch %s", (_what, check, standard, ovs) => {
  expect([check(STANDARD), check(OPEN_VSWITCH)]).toEqual([standard, ovs]);
});

test("a group is looked at as a whole", () => {
  const bucket = { weight: 0, live: false };
  const { Add, RemoveBucket } = GroupModCommand;
  const error = (...group: Parameters<typeof checkGroup>): string | undefined => checkGroup(...group)?.error;
  expect(error(GroupType.All, Add, [bucket, bucket])).toBeUndefined();
  expect(error(GroupType.Indirect, Add, [bucket, bucket])).toBe("OFPGMFC_INVALID_GROUP");
  expect(error(GroupType.All, Add, [{ ...bucket, weight: 1 }])).toBe("OFPGMFC_INVALID_GROUP");
  expect(error(GroupType.FastFailover, Add, [bucket])).toBe("OFPGMFC_INVALID_GROUP");
  expect(error(GroupType.All, Add, [{ ...bucket, live: true }])).toBe("OFPGMFC_WATCH_UNSUPPORTED");
  expect(error(GroupType.All, RemoveBucket, [bucket])).toBe("OFPGMFC_BAD_BUCKET");
  expect(error(9, Add, [bucket])).toBe("OFPGMFC_BAD_TYPE");
});

const did = (f: () => unknown): string | undefined => {
  try {
    f();
    return undefined;
  } catch (e) {
    return (e as Refusal).reason;
  }
};

/** Flows of OpenFlow 1.3, and the error that refuses each. */
const FLOWS: [MatchInit, readonly Instruction[], string | undefined][] = [
  [TCP, [apply(set({ tcpDst: 1 }), out)], undefined],
  [{ vlanVid: 0x1005 }, [apply(PopVlan.of(), out)], undefined],
  [{ ethType: 0x86dd }, [apply(DecNwTtl.of(), out)], undefined],
  [{ ethType: 0x0800 }, [apply(set({ tcpDst: 1 }), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{}, [apply(set({ ipv4Src: 1 }), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{}, [apply(PopVlan.of(), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{}, [apply(PushVlan.of(), PushVlan.of(), PopVlan.of(), PopVlan.of(), out)], undefined],
  [{}, [apply(PushVlan.of(), PopVlan.of(), PopVlan.of(), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{}, [apply(set({ vlanVid: 0x1001 }), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{}, [apply(PushVlan.of(), set({ vlanVid: 0x1001 }), out)], undefined],
  [{}, [apply(DecNwTtl.of(), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{}, [WriteActions.of({ actions: [DecNwTtl.of(), out] })], undefined],
  [{ ethType: 0x0806 }, [apply(set({ arpSpa: 1 }), out)], undefined],
  [{ ethType: 0x0806 }, [apply(set({ ipv4Src: 1 }), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{ ethType: 0x86dd, ipProto: 58, icmpv6Type: 136 }, [apply(set({ ipv6NdSll: 1 }), out)], "OFPBAC_MATCH_INCONSISTENT"],
  [{ ethType: 0x86dd, ipProto: 58, icmpv6Type: 136 }, [apply(set({ ipv6NdTll: 1 }), out)], undefined],
  [{}, [GotoTable.of({ tableId: 1 })], undefined],
  [{}, [GotoTable.of({ tableId: 0 })], "OFPBIC_BAD_TABLE_ID"],
  [{}, [apply(PushVlan.of({ ethertype: 0x1234 }), out)], "OFPBAC_BAD_ARGUMENT"],
  [{}, [apply(set({ vlanVid: 1 }), out)], "OFPBAC_BAD_SET_ARGUMENT"],
  [{}, [Meter.of({ meterId: 0 })], "OFPMMFC_INVALID_METER"],
];

describe("one check for the printer, the parser and the switch", () => {
  test.each(FLOWS)("a flow on %o with %o", (init, instructions, error) => {
    const match = Match.of(init);
    const printed = printBytes(encodeMessage(FlowMod.of({ match, instructions }), 4));
    expect(/decode error: (\w+)/.exec(printed)?.[1]).toBe(error);
    expect(did(() => refuseMatch(match)) ?? did(() => compileFlow(match, instructions, { version: 4, tableId: 0, tables: 2 }))).toBe(error);
  });

  test("a text is refused for the same reason", () => {
    const reason = (text: string): string | undefined => {
      try {
        parseFlow(text);
        return undefined;
      } catch (e) {
        return /\((OFP\w+)\)/.exec((e as Error).message)?.[1];
      }
    };
    expect(reason("ip,actions=set_field:80->tcp_dst")).toBe("OFPBAC_MATCH_INCONSISTENT");
    expect(reason("tcp,actions=set_field:80->tcp_dst")).toBeUndefined();
    expect(reason("table=1,actions=goto_table:1")).toBe("OFPBIC_BAD_TABLE_ID");
    expect(reason("actions=push_vlan:0x8100,push_vlan:0x8100,push_vlan:0x8100")).toBe("OFPBAC_BAD_TAG");
  });

  test("actions of OpenFlow 1.0 act on the packets that have the field, and need no match for it", () => {
    const old: Action[] = [SetIpv4Src.of({ address: 1 }), SetTpSrc.of({ port: 1 }), SetVlanVid.of({ vlanVid: 1 })];
    const check = (version: 1 | 2): string | undefined =>
      checkInstructions([apply(...old)], version, STANDARD)?.error ??
      checkInstructionsFor(Match.of({}), [apply(...old)], 0, version, STANDARD)?.error;
    expect([check(1), check(2)]).toEqual([undefined, "OFPBAC_MATCH_INCONSISTENT"]);
    expect(did(() => compileFlow(Match.of({}), [apply(...old, out)], { version: 1, tableId: 0, tables: 1 }))).toBeUndefined();
    expect(print(FlowMod.of({ instructions: [apply(Output.of({ port: PortNo.Flood }))] }), { version: 1 })).toMatch(/FLOOD/);
  });
});
