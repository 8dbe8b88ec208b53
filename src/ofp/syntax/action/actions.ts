import { formatIpv4, formatMac, toHex } from "../../../bytes/mod.js";
import type { Action } from "../../action/table.js";
import { withOldMeters } from "../../check/mod.js";
import { NO_AGE, NOT_TOLD } from "../../flow/oxs.js";
import { StatTriggerFlags } from "../../instruction/stat-trigger.js";
import type { Instruction } from "../../instruction/table.js";
import { PortNo } from "../../port/port-no.js";
import { formValue, setFieldName, setFieldValue } from "../match/field-text.js";
import { type TextOptions, versionOf } from "../options.js";
import type { AnyAction, AnyInstruction } from "../types.js";
import { duration, hex, hexDigits, isPort, isRealPort, portText, tableText } from "../words.js";
import { learnText } from "./actions-learn.js";
import { ctText, natText } from "./actions-nested.js";
import { NICIRA_TEXT } from "./actions-nicira.js";

type ActionOf<N extends AnyAction["type"]> = Extract<AnyAction, { readonly type: N }>;
type InstructionOf<N extends AnyInstruction["type"]> = Extract<AnyInstruction, { readonly type: N }>;

/** How each action reads. */
const ACTION_TEXT: { readonly [N in AnyAction["type"]]: (a: ActionOf<N>, o: TextOptions) => string } = {
  output(a, o) {
    if (isRealPort(a.port) || !isPort(a.port)) return `output:${portText(a.port, o)}`;
    return a.port === PortNo.Controller ? `CONTROLLER:${a.maxLen}` : portText(a.port, o);
  },
  group: (a) => `group:${a.groupId}`,
  "set-queue": (a) => `set_queue:${a.queueId}`,
  enqueue: (a, o) => `enqueue:${portText(a.port, o)}:${a.queueId}`,
  "set-field"({ field: e, format }, o) {
    if (e.field === undefined) return `set_field:${toHex(e.value as Uint8Array)}->oxm(${hexDigits(e.header, 8)})`;
    const version = format === "" ? versionOf(o) : 1;
    const value = formValue(e.field, e.value, e.header, version);
    return `set_field:${setFieldValue(e.field, value, e.mask, o)}->${setFieldName(e.field, e.header, version)}`;
  },
  "push-vlan": (a) => `push_vlan:${hex(a.ethertype)}`,
  "pop-vlan": (_a, o) => (versionOf(o) === 1 ? "strip_vlan" : "pop_vlan"),
  "push-mpls": (a) => `push_mpls:${hexDigits(a.ethertype, 4)}`,
  "pop-mpls": (a) => `pop_mpls:${hexDigits(a.ethertype, 4)}`,
  "set-mpls-ttl": (a) => `set_mpls_ttl(${a.ttl})`,
  "dec-mpls-ttl": () => "dec_mpls_ttl",
  "set-nw-ttl": (a) => `mod_nw_ttl:${a.ttl}`,
  "dec-nw-ttl": (a) => (a.format === "ids" ? `dec_ttl(${a.controllers.join(",")})` : "dec_ttl"),
  "copy-ttl-out": () => "copy_ttl_out",
  "copy-ttl-in": () => "copy_ttl_in",
  "set-vlan-vid": (a, o) => `${versionOf(o) === 1 ? "mod" : "set"}_vlan_vid:${a.vlanVid}`,
  "set-vlan-pcp": (a, o) => `${versionOf(o) === 1 ? "mod" : "set"}_vlan_pcp:${a.vlanPcp}`,
  "set-eth-src": (a) => `mod_dl_src:${formatMac(a.address)}`,
  "set-eth-dst": (a) => `mod_dl_dst:${formatMac(a.address)}`,
  "set-ipv4-src": (a) => `mod_nw_src:${formatIpv4(a.address)}`,
  "set-ipv4-dst": (a) => `mod_nw_dst:${formatIpv4(a.address)}`,
  "set-nw-tos": (a) => `mod_nw_tos:${a.tos}`,
  "set-tp-src": (a) => `mod_tp_src:${a.port}`,
  "set-tp-dst": (a) => `mod_tp_dst:${a.port}`,
  "push-pbb": (a) => `push_pbb:${hex(a.ethertype)}`,
  "pop-pbb": () => "pop_pbb",
  meter: (a) => `meter:${a.meterId}`,
  "set-nw-ecn": (a) => `mod_nw_ecn:${a.ecn}`,
  "set-mpls-label": (a) => `set_mpls_label(${a.label})`,
  "set-mpls-tc": (a) => `set_mpls_tc(${a.tc})`,
  ...NICIRA_TEXT,
  learn: learnText,
  nat: natText,
  ct: (a, o) => ctText(a, o, list),
  clone: (a, o) => `clone(${formatActions(a.actions, o)})`,
  unknown: (a) => `unknown(${toHex(a.bytes)})`,
};

const NO_COUNT = 0xffffffffffffffffn;

/** The thresholds of a trigger; Open vSwitch does not have it. */
function statTriggerText(i: InstructionOf<"stat-trigger">): string {
  const parts = [
    (i.flags & StatTriggerFlags.Periodic) !== 0 ? "periodic" : "",
    (i.flags & StatTriggerFlags.OnlyFirst) !== 0 ? "only_first" : "",
    i.durationSec === NOT_TOLD ? "" : `duration=${duration(i.durationSec, i.durationNsec)}`,
    i.idleAge === NO_AGE ? "" : `idle_age=${duration(i.idleAge, i.idleAgeNsec)}`,
    i.packetCount === NO_COUNT ? "" : `n_packets=${i.packetCount}`,
    i.byteCount === NO_COUNT ? "" : `n_bytes=${i.byteCount}`,
    i.flowCount === NOT_TOLD ? "" : `n_flows=${i.flowCount}`,
  ];
  return `stat_trigger(${parts.filter((part) => part !== "").join(",")})`;
}

/** How each instruction reads. */
const INSTRUCTION_TEXT: { readonly [N in AnyInstruction["type"]]: (i: InstructionOf<N>, o: TextOptions) => string } = {
  meter: (i) => `meter:${i.meterId}`,
  "apply-actions": (i, o) => list(i.actions, o),
  "clear-actions": () => "clear_actions",
  "write-actions": (i, o) => `write_actions(${formatActions(i.actions, o)})`,
  "write-metadata": (i) => `write_metadata:${hex(i.metadata)}${i.mask === 0xffffffffffffffffn ? "" : `/${hex(i.mask)}`}`,
  "goto-table": (i, o) => `goto_table:${tableText(i.tableId, o)}`,
  "stat-trigger": statTriggerText,
  unknown: (i) => `unknown(${toHex(i.bytes)})`,
};

/** The order in which instructions are executed, in which they are told. */
const ORDER = Object.keys(INSTRUCTION_TEXT) as AnyInstruction["type"][];

const one = (a: AnyAction, o: TextOptions): string => (ACTION_TEXT[a.type] as (a: AnyAction, o: TextOptions) => string)(a, o);

function list(actions: readonly Action[], o: TextOptions): string {
  let text = "";
  for (let i = 0; i < actions.length; i++) text += i === 0 ? one(actions[i]!, o) : `,${one(actions[i]!, o)}`;
  return text;
}

/** The text of actions, such as `output:1,CONTROLLER:128`; `drop` where there are none. */
export function formatActions(actions: readonly Action[], o: TextOptions = {}): string {
  return actions.length === 0 ? "drop" : list(actions, o);
}

const instruction = (i: AnyInstruction, o: TextOptions): string =>
  (INSTRUCTION_TEXT[i.type] as (i: AnyInstruction, o: TextOptions) => string)(i, o);

/** The text of instructions, such as `write_metadata:0x1,goto_table:2`: the actions that are applied stand for themselves, and `drop` where nothing is done. */
export function formatInstructions(instructions: readonly Instruction[], o: TextOptions = {}): string {
  const all = withOldMeters(instructions, o.version);
  if (all.length === 0) return "drop";
  if (all.length === 1) return instruction(all[0]!, o) || "drop";
  let text = "";
  for (let n = 0; n < ORDER.length; n++) {
    for (let i = 0; i < all.length; i++) {
      const found = all[i]!;
      if (found.type !== ORDER[n]) continue;
      const told = instruction(found, o);
      if (told !== "") text += text === "" ? told : `,${told}`;
    }
  }
  return text === "" ? "drop" : text;
}
