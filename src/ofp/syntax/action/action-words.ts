import { CtClear, DebugRecirc, DebugSlow, DecNshTtl, Exit, PopQueue, SetTunnel } from "../../action/nicira.js";
import {
  SetEthDst,
  SetEthSrc,
  SetIpv4Dst,
  SetIpv4Src,
  SetMplsLabel,
  SetMplsTc,
  SetNwEcn,
  SetNwTos,
  SetTpDst,
  SetTpSrc,
  SetVlanPcp,
  SetVlanVid,
} from "../../action/set.js";
import { DecMplsTtl, Group, PopMpls, PopVlan, PushMpls, PushVlan, SetMplsTtl, SetNwTtl, SetQueue } from "../../action/standard.js";
import { ClearActions, GotoTable, Meter, WriteMetadata } from "../../instruction/table.js";
import { readAddress32, readAddress48, readU8, readU16, readU32, readU64 } from "../parse/c-number.js";
import { readTable } from "../parse/name.js";
import { Protocol, SINCE_11, SINCE_13, WITH_OXM } from "../parse/protocols.js";
import { type ActionReading, bare, one, type ReadAction, SMALL, within } from "../parse/reading.js";
import { refuse } from "../parse/syntax-fault.js";
import type { AnyInstruction } from "../types.js";
import { Act, NO_ACTS, Rank } from "./act.js";
import { decap, encap } from "./words-encap.js";
import { checkPktLarger, deleteField, move, pop, push, regLoad, setField } from "./words-field.js";
import { conjunction, decTtl, finTimeout, note, sample } from "./words-other.js";
import { controller, enqueue, output, resubmit } from "./words-output.js";
import { bundle, multipath } from "./words-spread.js";

const vlanVid = within(16, "VLAN VID", 0xfff, "VLAN VID");
const vlanPcp = within(8, "VLAN PCP", 7, "VLAN PCP");

function vlanType(text: string, r: ActionReading): number {
  r.protocols &= SINCE_11;
  const type = readU16(text, "ethertype");
  return type === 0x8100 || type === 0x88a8 ? type : refuse(`${text}: not a valid VLAN ethertype`);
}

const LOW32 = 0xffffffffn;

const instruction = (name: string, rank: number, action: AnyInstruction, size: number = SMALL): Act =>
  new Act(name, rank, action, size, undefined, NO_ACTS, false);

function meter(text: string, r: ActionReading): Act {
  r.protocols &= SINCE_13;
  return instruction("meter", Rank.meter, Meter.of({ meterId: readU32(text) }), 16);
}

function writeMetadata(text: string, r: ActionReading): Act {
  r.protocols &= WITH_OXM | Protocol.OpenFlow11;
  const slash = text.indexOf("/");
  const mask = slash < 0 ? 0xffffffffffffffffn : readU64(text.slice(slash + 1));
  const metadata = readU64(slash < 0 ? text : text.slice(0, slash));
  return instruction("write_metadata", Rank.metadata, WriteMetadata.of({ metadata, mask }), 24);
}

const gotoTable: ReadAction = (text, r) => {
  const tableId = readTable(text, r) ?? refuse(`unknown table "${text}"`);
  return instruction("goto_table", Rank.goto, GotoTable.of({ tableId }));
};

const vid = (name: string, pushes: boolean): ReadAction => {
  return (text) => new Act(name, Rank.apply, SetVlanVid.of({ vlanVid: vlanVid(text) }), SMALL, undefined, NO_ACTS, pushes);
};
const pcp = (name: string, pushes: boolean): ReadAction => {
  return (text) => new Act(name, Rank.apply, SetVlanPcp.of({ vlanPcp: vlanPcp(text) }), SMALL, undefined, NO_ACTS, pushes);
};
const ttl: ReadAction = one(
  "mod_nw_ttl",
  (text) => readU8(text, "TTL"),
  (v) => SetNwTtl.of({ ttl: v }),
);

/**
 * Actions and instructions that hold no others, by their words, which may be in any case. What they are called in errors is the first word of those that mean the same.
 */
export const ACTION_WORDS: ReadonlyMap<string, ReadAction> = new Map<string, ReadAction>([
  ["output", output],
  ["output_reg", output],
  ["group", one("group", readU32, (groupId) => Group.of({ groupId }))],
  ["controller", controller],
  ["enqueue", enqueue],
  ["bundle", (text, r) => bundle(text, r, false)],
  ["bundle_load", (text, r) => bundle(text, r, true)],
  ["set_field", setField],
  ["load", regLoad],
  ["set_vlan_vid", vid("set_vlan_vid", false)],
  ["mod_vlan_vid", vid("set_vlan_vid", true)],
  ["set_vlan_pcp", pcp("set_vlan_pcp", false)],
  ["mod_vlan_pcp", pcp("set_vlan_pcp", true)],
  ["strip_vlan", bare("strip_vlan", () => PopVlan.of({}))],
  ["pop_vlan", bare("strip_vlan", () => PopVlan.of({}))],
  ["push_vlan", one("push_vlan", vlanType, (ethertype) => PushVlan.of({ ethertype }))],
  ["mod_dl_src", one("mod_dl_src", readAddress48, (address) => SetEthSrc.of({ address }), 16)],
  ["mod_dl_dst", one("mod_dl_dst", readAddress48, (address) => SetEthDst.of({ address }), 16)],
  ["mod_nw_src", one("mod_nw_src", readAddress32, (address) => SetIpv4Src.of({ address }))],
  ["mod_nw_dst", one("mod_nw_dst", readAddress32, (address) => SetIpv4Dst.of({ address }))],
  ["mod_nw_tos", one("mod_nw_tos", within(8, "TOS", 0xfc, "TOS"), (tos) => SetNwTos.of({ tos }))],
  ["mod_nw_ecn", one("mod_nw_ecn", within(8, "ECN", 3, "ECN"), (ecn) => SetNwEcn.of({ ecn }))],
  ["mod_nw_ttl", ttl],
  ["set_nw_ttl", ttl],
  [
    "mod_tp_src",
    one(
      "mod_tp_src",
      (text) => readU16(text, "source port"),
      (port) => SetTpSrc.of({ port }),
    ),
  ],
  [
    "mod_tp_dst",
    one(
      "mod_tp_dst",
      (text) => readU16(text, "destination port"),
      (port) => SetTpDst.of({ port }),
    ),
  ],
  ["move", move],
  ["push", push],
  ["pop", pop],
  ["dec_ttl", decTtl],
  [
    "set_mpls_label",
    one("set_mpls_label", within(32, "", 0xfffff, "MPLS label", "set_mpls_label: expected label."), (label) => SetMplsLabel.of({ label })),
  ],
  ["set_mpls_tc", one("set_mpls_tc", within(8, "MPLS TC", 7, "MPLS TC", "set_mpls_tc: expected tc."), (tc) => SetMplsTc.of({ tc }))],
  ["set_mpls_ttl", one("set_mpls_ttl", within(8, "MPLS TTL", 255, "", "set_mpls_ttl: expected ttl."), (v) => SetMplsTtl.of({ ttl: v }))],
  ["dec_mpls_ttl", bare("dec_mpls_ttl", () => DecMplsTtl.of({}))],
  [
    "push_mpls",
    one(
      "push_mpls",
      (text) => readU16(text, "push_mpls"),
      (ethertype) => PushMpls.of({ ethertype }),
    ),
  ],
  [
    "pop_mpls",
    one(
      "pop_mpls",
      (text) => readU16(text, "pop_mpls"),
      (ethertype) => PopMpls.of({ ethertype }),
    ),
  ],
  ["dec_nsh_ttl", bare("dec_nsh_ttl", () => DecNshTtl.of({}))],
  ["delete_field", deleteField],
  ["encap", encap],
  ["decap", decap],
  ["set_tunnel", one("set_tunnel", readU64, (tunnelId) => SetTunnel.of({ format: tunnelId > LOW32 ? "" : "short", tunnelId }), 16)],
  ["set_tunnel64", one("set_tunnel", readU64, (tunnelId) => SetTunnel.of({ tunnelId }), 16)],
  ["set_queue", one("set_queue", readU32, (queueId) => SetQueue.of({ queueId }))],
  ["pop_queue", bare("pop_queue", () => PopQueue.of({}))],
  ["fin_timeout", finTimeout],
  ["resubmit", resubmit],
  ["conjunction", conjunction],
  ["multipath", multipath],
  ["note", note],
  ["exit", bare("exit", () => Exit.of({}))],
  ["sample", sample],
  ["unroll_xlate", () => refuse("UNROLL is an internal action that shouldn't be used via OpenFlow")],
  ["ct_clear", bare("ct_clear", () => CtClear.of({}))],
  ["output_trunc", (text) => refuse(`unknown action ${text}`)],
  ["check_pkt_larger", checkPktLarger],
  ["debug_recirc", bare("debug_recirc", () => DebugRecirc.of({}))],
  ["debug_slow", bare("debug_slow", () => DebugSlow.of({}))],
  ["meter", meter],
  ["clear_actions", () => instruction("clear_actions", Rank.clear, ClearActions.of({}))],
  ["write_metadata", writeMetadata],
  ["goto_table", gotoTable],
]);
