import { toHex } from "../../../bytes/mod.js";

import {
  Conjunction,
  CtClear,
  DebugRecirc,
  DebugSlow,
  DecNshTtl,
  Exit,
  FinTimeout,
  Note,
  PopQueue,
  Sample,
  SetTunnel,
  WriteMetadataAction,
} from "../../action/nicira.js";
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
import {
  CopyTtlIn,
  CopyTtlOut,
  DecMplsTtl,
  DecNwTtl,
  Group,
  MeterAction,
  PopMpls,
  PopPbb,
  PopVlan,
  PushMpls,
  PushPbb,
  PushVlan,
  SetMplsTtl,
  SetNwTtl,
  SetQueue,
} from "../../action/standard.js";
import { Clone } from "../../action/table.js";
import { PortNo } from "../../port/port-no.js";
import { readLoose, readU16, readU64 } from "../parse/c-number.js";
import { ANY_PROTOCOL, SINCE_11 } from "../parse/protocols.js";
import { type ReadAction, round8 } from "../parse/reading.js";
import { Scanner } from "../parse/scan.js";
import { refuse } from "../parse/syntax-fault.js";
import type { AnyAction } from "../types.js";
import { hex } from "../words.js";
import { act, Rank } from "./act.js";
import { CT, NAT } from "./ct-words.js";
import { DECAP, ENCAP } from "./encap-words.js";
import { CHECK_PKT_LARGER, COPY_FIELD, DELETE_FIELD, REG_LOAD, SET_FIELD, STACK_POP, STACK_PUSH } from "./field-words.js";
import { LEARN } from "./learn-words.js";
import { metadata } from "./metadata-words.js";
import { CONTROLLER, ENQUEUE, OUTPUT, OUTPUT_REG, OUTPUT_TRUNC, RESUBMIT } from "./output-words.js";
import { type ActionOf, always, bare, call, colon, key, nested, option, paren, printed, type Words } from "./shapes.js";
import { BUNDLE, BUNDLE_LOAD, MULTIPATH } from "./spread-words.js";
import { dotted, etherType, IPV4, MAC, port, TAG_TYPE, uint8, uint16, uint32, within } from "./value-kinds.js";

const ADDRESS_SIZE = 16;
const LOW32 = 0xffffffffn;

/** Irregular: the word depends on the number. */
const SET_TUNNEL: Words<ActionOf<"set-tunnel">> = {
  forms: ["set_tunnel:ID", "set_tunnel64:ID"],
  print: (a) => `set_tunnel${a.tunnelId > LOW32 || a.format === "" ? "64" : ""}:${hex(a.tunnelId)}`,
  read: { set_tunnel: tunnelReader("short"), set_tunnel64: tunnelReader("") },
};

function tunnelReader(format: string): ReadAction {
  return (text) => {
    const tunnelId = readU64(text);
    return act("set_tunnel", SetTunnel.of({ format: tunnelId > LOW32 ? "" : format, tunnelId }), ADDRESS_SIZE);
  };
}

/** Irregular: ids are read loosely, and as many as there are. */
const DEC_TTL: Words<ActionOf<"dec-nw-ttl">> = {
  forms: ["dec_ttl", "dec_ttl(ID[,ID]...)"],
  print: (a) => (a.format === "ids" ? `dec_ttl(${a.controllers.join(",")})` : "dec_ttl"),
  read: {
    dec_ttl(text) {
      if (text === "") return act("dec_ttl", new DecNwTtl(), 16);
      const words = text.split(/[, ]+/).filter((word) => word !== "");
      if (words.length === 0) refuse("dec_ttl_cnt_ids: expected at least one controller id.");
      const controllers = words.map((word) => readLoose(word, 16));
      return act("dec_ttl", DecNwTtl.of({ format: "ids", controllers }), round8(6 + 2 * controllers.length));
    },
  },
};

/** Irregular: Open vSwitch reads it with sscanf, which cuts the numbers to their width. */
const CONJUNCTION: Words<ActionOf<"conjunction">> = {
  forms: ["conjunction(ID,K/N)"],
  print: (a) => `conjunction(${a.id},${a.clause + 1}/${a.nClauses})`,
  read: {
    conjunction(text) {
      const scan = new Scanner(text);
      const wrong = (): never => refuse('"conjunction" syntax is "conjunction(id,i/n)"');
      const next = (mark: string): void => {
        scan.spaces();
        if (!scan.literal(mark)) wrong();
      };
      const id = scan.integer(0, 32) ?? wrong();
      next(",");
      const clause = scan.integer(10, 8) ?? wrong();
      next("/");
      const nClauses = scan.integer(10, 8) ?? wrong();
      scan.spaces();
      if (!scan.atEnd) wrong();
      if (nClauses < 2) refuse("conjunction must have at least 2 clauses");
      if (nClauses > 64) refuse("conjunction must have at most 64 clauses");
      if (clause < 1) refuse("clause index must be positive");
      if (clause > nClauses) refuse("clause index must be less than or equal to number of clauses");
      return act("conjunction", Conjunction.of({ id, clause: clause - 1, nClauses }), 16);
    },
  },
};

const PROBABILITY = {
  ...uint16("probability"),
  read(text: string): number {
    const v = readU16(text, "probability");
    return v === 0 ? refuse(`invalid probability value "${text}"`, 0) : v;
  },
};

const SAMPLE: Words<ActionOf<"sample">> = call(
  Sample,
  "sample",
  [
    always("probability", "probability", PROBABILITY, 0),
    always("collector_set_id", "collectorSetId", uint32("ID"), 0),
    always("obs_domain_id", "obsDomainId", uint32("ID"), 0),
    always("obs_point_id", "obsPointId", uint32("ID"), 0),
    key(
      "sampling_port",
      "samplingPort",
      port((text) => `${text}: unknown port`),
      PortNo.Any,
    ),
    option("ingress", "direction", 1, 0),
    option("egress", "direction", 2, 0),
  ],
  {
    size: 32,
    unknown: (k) => `invalid key "${k}" in "sample" argument`,
    finish(a) {
      if (a.probability === 0) refuse('non-zero "probability" must be specified on sample');
      a.format = a.direction !== 0 ? "direction" : a.samplingPort !== PortNo.Any ? "port" : "";
    },
  },
);

const FIN_TIMEOUT: Words<ActionOf<"fin-timeout">> = call(
  FinTimeout,
  "fin_timeout",
  [
    key("idle_timeout", "idleTimeout", uint16("idle_timeout", "SECONDS"), 0),
    key("hard_timeout", "hardTimeout", uint16("hard_timeout", "SECONDS"), 0),
  ],
  { size: 8, unknown: (k) => `invalid key '${k}' in 'fin_timeout' argument` },
);

/**
 * The text of each action: the printer, the parser and the reference read these rows. A row that no shape says is irregular in Open vSwitch too, and says why.
 */
export const ACTION_WORDS: { readonly [N in AnyAction["type"]]: Words<ActionOf<N>> } = {
  output: OUTPUT,
  "output-reg": OUTPUT_REG,
  "output-trunc": OUTPUT_TRUNC,
  group: colon(Group, "group", "groupId", uint32("GROUP")),
  controller: CONTROLLER,
  enqueue: ENQUEUE,
  bundle: BUNDLE,
  "bundle-load": BUNDLE_LOAD,
  multipath: MULTIPATH,
  resubmit: RESUBMIT,
  "set-queue": colon(SetQueue, "set_queue", "queueId", uint32("QUEUE")),
  "pop-queue": bare(PopQueue, "pop_queue"),

  "set-field": SET_FIELD,
  "reg-load": REG_LOAD,
  "copy-field": COPY_FIELD,
  "stack-push": STACK_PUSH,
  "stack-pop": STACK_POP,
  "check-pkt-larger": CHECK_PKT_LARGER,
  "delete-field": DELETE_FIELD,
  "set-vlan-vid": colon(SetVlanVid, "set_vlan_vid", "vlanVid", within(uint16("VLAN VID", "VID"), 0xfff, "VLAN VID"), {
    in10: "mod_vlan_vid",
    pushes: true,
  }),
  "set-vlan-pcp": colon(SetVlanPcp, "set_vlan_pcp", "vlanPcp", within(uint8("VLAN PCP", "PCP"), 7, "VLAN PCP"), {
    in10: "mod_vlan_pcp",
    pushes: true,
  }),
  "pop-vlan": bare(PopVlan, "pop_vlan", { name: "strip_vlan", in10: "strip_vlan" }),
  "push-vlan": colon(PushVlan, "push_vlan", "ethertype", TAG_TYPE, { protocols: SINCE_11 }),
  "set-eth-src": colon(SetEthSrc, "mod_dl_src", "address", MAC, { size: ADDRESS_SIZE }),
  "set-eth-dst": colon(SetEthDst, "mod_dl_dst", "address", MAC, { size: ADDRESS_SIZE }),
  "set-ipv4-src": colon(SetIpv4Src, "mod_nw_src", "address", IPV4),
  "set-ipv4-dst": colon(SetIpv4Dst, "mod_nw_dst", "address", IPV4),
  "set-nw-tos": colon(SetNwTos, "mod_nw_tos", "tos", within(uint8("TOS", "TOS"), 0xfc, "TOS")),
  "set-nw-ecn": colon(SetNwEcn, "mod_nw_ecn", "ecn", within(uint8("ECN", "ECN"), 3, "ECN")),
  "set-nw-ttl": colon(SetNwTtl, "mod_nw_ttl", "ttl", uint8("TTL", "TTL"), { also: ["set_nw_ttl"] }),
  "dec-nw-ttl": DEC_TTL,
  "set-tp-src": colon(SetTpSrc, "mod_tp_src", "port", uint16("source port", "PORT")),
  "set-tp-dst": colon(SetTpDst, "mod_tp_dst", "port", uint16("destination port", "PORT")),
  "set-mpls-label": paren(
    SetMplsLabel,
    "set_mpls_label",
    "label",
    within(uint32("LABEL"), 0xfffff, "MPLS label", "set_mpls_label: expected label."),
  ),
  "set-mpls-tc": paren(SetMplsTc, "set_mpls_tc", "tc", within(uint8("MPLS TC", "TC"), 7, "MPLS TC", "set_mpls_tc: expected tc.")),
  "set-mpls-ttl": paren(SetMplsTtl, "set_mpls_ttl", "ttl", within(uint8("MPLS TTL", "TTL"), 255, "", "set_mpls_ttl: expected ttl.")),
  "dec-mpls-ttl": bare(DecMplsTtl, "dec_mpls_ttl"),
  "push-mpls": colon(PushMpls, "push_mpls", "ethertype", etherType("push_mpls")),
  "pop-mpls": colon(PopMpls, "pop_mpls", "ethertype", etherType("pop_mpls")),
  "dec-nsh-ttl": bare(DecNshTtl, "dec_nsh_ttl"),
  encap: ENCAP,
  decap: DECAP,
  "set-tunnel": SET_TUNNEL,

  // what stood before a copy counts no longer for the protocols: Open vSwitch has it so
  clone: nested(Clone, "clone", Rank.apply, (r) => {
    r.protocols = ANY_PROTOCOL;
  }),
  ct: CT,
  "ct-clear": bare(CtClear, "ct_clear"),
  nat: NAT,
  learn: LEARN,
  "fin-timeout": FIN_TIMEOUT,
  conjunction: CONJUNCTION,
  note: colon(Note, "note", "data", dotted("BYTES", "bad hex digit in `note' argument"), { size: (a) => round8(8 + a.data.length) }),
  exit: bare(Exit, "exit"),
  sample: SAMPLE,
  "debug-recirc": bare(DebugRecirc, "debug_recirc"),
  "debug-slow": bare(DebugSlow, "debug_slow"),

  // their words are instructions in a text
  meter: printed(colon(MeterAction, "meter", "meterId", uint32())),
  "write-metadata": printed(metadata(WriteMetadataAction)),
  // Open vSwitch does not have these
  "copy-ttl-out": printed(bare(CopyTtlOut, "copy_ttl_out")),
  "copy-ttl-in": printed(bare(CopyTtlIn, "copy_ttl_in")),
  "push-pbb": printed(colon(PushPbb, "push_pbb", "ethertype", TAG_TYPE)),
  "pop-pbb": printed(bare(PopPbb, "pop_pbb")),
  unknown: printed({ print: (a) => `unknown(${toHex(a.bytes)})` }),
};
