import { toHex } from "../../../bytes/mod.js";
import { PacketType } from "../../action/encap.js";
import { BundleAlgorithm, HashFields, MultipathAlgorithm } from "../../action/hash.js";
import { PacketInReason } from "../../packet/packet-in-reason.js";
import { PortNo } from "../../port/port-no.js";
import { ANY_TABLE } from "../flow/flow-words.js";
import { setFieldName } from "../match/field-text.js";
import type { TextOptions } from "../options.js";
import { reasonText } from "../packet/reason.js";
import type { AnyAction } from "../types.js";
import { chomp, hex, hexDigits, portText, tableText } from "../words.js";
import { subfieldText } from "./subfield.js";

type ActionOf<N extends AnyAction["type"]> = Extract<AnyAction, { readonly type: N }>;

const UNKNOWN = "<unknown>";

export const HASH_WORDS: Readonly<Record<number, string>> = {
  [HashFields.EthSrc]: "eth_src",
  [HashFields.SymmetricL4]: "symmetric_l4",
  [HashFields.SymmetricL3L4]: "symmetric_l3l4",
  [HashFields.SymmetricL3L4Udp]: "symmetric_l3l4+udp",
  [HashFields.NwSrc]: "nw_src",
  [HashFields.NwDst]: "nw_dst",
  [HashFields.SymmetricL3]: "symmetric_l3",
};

export const MULTIPATH_WORDS: Readonly<Record<number, string>> = {
  [MultipathAlgorithm.ModuloN]: "modulo_n",
  [MultipathAlgorithm.HashThreshold]: "hash_threshold",
  [MultipathAlgorithm.HighestRandomWeight]: "hrw",
  [MultipathAlgorithm.IterHash]: "iter_hash",
};

export const BUNDLE_WORDS: Readonly<Record<number, string>> = {
  [BundleAlgorithm.ActiveBackup]: "active_backup",
  [BundleAlgorithm.HighestRandomWeight]: "hrw",
};

export const PACKET_WORDS: Readonly<Record<number, string>> = {
  [PacketType.Ethernet]: "ethernet",
  [PacketType.Nsh]: "nsh",
  [PacketType.Mpls]: "mpls",
  [PacketType.MplsMulticast]: "mpls_mc",
};

/** Bytes as `01.02.03`. */
const dotted = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(".");

const WHOLE = 0xffff;

function controllerText(a: ActionOf<"controller">): string {
  const plain = a.reason === PacketInReason.Action && a.controllerId === 0 && a.userdata.length === 0 && !a.pause && a.meterId === 0;
  if (plain) return `CONTROLLER:${a.maxLen}`;
  let text = "controller(";
  if (a.reason !== PacketInReason.Action) text += `reason=${reasonText(a.reason)},`;
  if (a.maxLen !== WHOLE) text += `max_len=${a.maxLen},`;
  if (a.controllerId !== 0) text += `id=${a.controllerId},`;
  if (a.userdata.length > 0) text += `userdata=${dotted(a.userdata)},`;
  if (a.pause) text += "pause,";
  if (a.meterId !== 0) text += `meter_id=${a.meterId},`;
  return `${chomp(text, ",")})`;
}

function resubmitText(a: ActionOf<"resubmit">, o: TextOptions): string {
  const port = a.inPort === PortNo.InPort ? "" : portText(a.inPort, o);
  if (port !== "" && a.tableId === ANY_TABLE) return `resubmit:${port}`;
  return `resubmit(${port},${a.tableId === ANY_TABLE ? "" : tableText(a.tableId, o)}${a.format === "ct" ? ",ct" : ""})`;
}

function finTimeoutText(a: ActionOf<"fin-timeout">): string {
  const idle = a.idleTimeout === 0 ? "" : `idle_timeout=${a.idleTimeout},`;
  const hard = a.hardTimeout === 0 ? "" : `hard_timeout=${a.hardTimeout},`;
  return `fin_timeout(${chomp(idle + hard, ",")})`;
}

function sampleText(a: ActionOf<"sample">, o: TextOptions): string {
  let text = `sample(probability=${a.probability},collector_set_id=${a.collectorSetId},obs_domain_id=${a.obsDomainId},obs_point_id=${a.obsPointId}`;
  if (a.samplingPort !== PortNo.Any) text += `,sampling_port=${portText(a.samplingPort, o)}`;
  if (a.direction === 1) text += ",ingress";
  if (a.direction === 2) text += ",egress";
  return `${text})`;
}

function bundleText(a: ActionOf<"bundle"> | ActionOf<"bundle-load">, o: TextOptions): string {
  const algorithm = BUNDLE_WORDS[a.algorithm] ?? UNKNOWN;
  const dst = a.type === "bundle-load" ? `${subfieldText(a.dst)},` : "";
  const name = a.type === "bundle-load" ? "bundle_load" : "bundle";
  const members = a.members.map((port) => portText(port, o)).join(",");
  return `${name}(${HASH_WORDS[a.hashFields] ?? UNKNOWN},${a.basis},${algorithm},ofport,${dst}members:${members})`;
}

function encapText(a: ActionOf<"encap">): string {
  const properties = a.properties.map((p) => {
    if (p.type === "nsh-md-type") return `md_type=${p.mdType}`;
    if (p.type === "nsh-tlv") return `tlv(${hexDigits(p.tlvClass, 4)},${p.tlvType},${valueText(p.data)})`;
    return `unknown(${toHex(p.bytes)})`;
  });
  return `encap(${PACKET_WORDS[a.packetType] ?? "UNKNOWN"}${properties.length === 0 ? "" : `(${properties.join(",")})`})`;
}

/** Bytes as one number without zeros in front. */
function valueText(bytes: Uint8Array): string {
  const digits = toHex(bytes).replace(/^0+/, "");
  return `0x${digits === "" ? "0" : digits}`;
}

const MAX32 = 0xffffffffn;

/** How each of Nicira's actions reads that holds no other one. */
export const NICIRA_TEXT = {
  "copy-field": (a: ActionOf<"copy-field">) => `move:${subfieldText(a.src)}->${subfieldText(a.dst)}`,
  "reg-load": (a: ActionOf<"reg-load">) => `load:${hex(a.value)}->${subfieldText(a.dst)}`,
  "stack-push": (a: ActionOf<"stack-push">) => `push:${subfieldText(a.src)}`,
  "stack-pop": (a: ActionOf<"stack-pop">) => `pop:${subfieldText(a.dst)}`,
  "check-pkt-larger": (a: ActionOf<"check-pkt-larger">) => `check_pkt_larger(${a.pktLen})->${subfieldText(a.dst)}`,
  "output-reg": (a: ActionOf<"output-reg">) => `output:${subfieldText(a.src)}`,
  "delete-field": ({ field: { field, header } }: ActionOf<"delete-field">) =>
    `delete_field:${field === undefined ? `oxm(${hexDigits(header, 8)})` : setFieldName(field, header, 1)}`,
  resubmit: resubmitText,
  "set-tunnel": (a: ActionOf<"set-tunnel">) => `set_tunnel${a.tunnelId > MAX32 || a.format === "" ? "64" : ""}:${hex(a.tunnelId)}`,
  "pop-queue": () => "pop_queue",
  note: (a: ActionOf<"note">) => `note:${dotted(a.data)}`,
  exit: () => "exit",
  "fin-timeout": finTimeoutText,
  "write-metadata": (a: ActionOf<"write-metadata">) =>
    `write_metadata:${hex(a.metadata)}${a.mask === 0xffffffffffffffffn ? "" : `/${hex(a.mask)}`}`,
  sample: sampleText,
  conjunction: (a: ActionOf<"conjunction">) => `conjunction(${a.id},${a.clause + 1}/${a.nClauses})`,
  "output-trunc": (a: ActionOf<"output-trunc">, o: TextOptions) => `output(port=${portText(a.port, o)},max_len=${a.maxLen})`,
  "dec-nsh-ttl": () => "dec_nsh_ttl",
  "debug-slow": () => "debug_slow",
  "debug-recirc": () => "debug_recirc",
  multipath: (a: ActionOf<"multipath">) =>
    `multipath(${HASH_WORDS[a.hashFields] ?? UNKNOWN},${a.basis},${MULTIPATH_WORDS[a.algorithm] ?? UNKNOWN},${a.maxLink + 1},${a.arg},${subfieldText(a.dst)})`,
  bundle: bundleText,
  "bundle-load": bundleText,
  controller: controllerText,
  encap: encapText,
  decap: (a: ActionOf<"decap">) =>
    a.packetType === PacketType.NextProtocol
      ? "decap()"
      : `decap(packet_type(ns=${a.packetType >>> 16},type=${hex(a.packetType & 0xffff)}))`,
  "ct-clear": () => "ct_clear",
} as const;
