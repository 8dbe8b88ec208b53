/** Random texts of flows, right and wrong. */
import type { OxmForm } from "../../../../src/ofp/oxm/fields.js";
import type { RandomSource } from "../../../../src/testing/mod.js";
import { action, actions } from "./actions.js";
import {
  anyForm,
  chance,
  FORMS,
  fieldValue,
  formFrom,
  nameOf,
  number,
  odd,
  part,
  pick,
  port,
  several,
  type TextSource,
  word,
} from "./values.js";

/** Kinds of packets: the words for one, and what else has the same. */
const KINDS: readonly (readonly [words: readonly string[], ethType: number, proto: number])[] = [
  [["tcp", "dl_type=0x800,nw_proto=6"], 0x800, 6],
  [["udp", "ip,nw_proto=17"], 0x800, 17],
  [["sctp"], 0x800, 132],
  [["icmp"], 0x800, 1],
  [["ip", "ipv4", "ip4", "eth_type=0x0800", "packet_type=(1,0x800)"], 0x800, 0],
  [["ipv6", "ip6", "dl_type=0x86dd", "packet_type=(1,0x86dd)"], 0x86dd, 0],
  [["tcp6", "ipv6,nw_proto=6"], 0x86dd, 6],
  [["udp6"], 0x86dd, 17],
  [["sctp6"], 0x86dd, 132],
  [["icmp6", "icmp6,icmpv6_type=135", "icmp6,icmpv6_type=136,icmpv6_code=0", "icmp6,icmp_type=135"], 0x86dd, 58],
  [["arp", "dl_type=0x806"], 0x806, 0],
  [["rarp"], 0x8035, 0],
  [["mpls", "mplsm"], 0x8847, 0],
  [["dl_type=0x894f", "packet_type=(1,0x894f)"], 0x894f, 0],
  [["eth", "", "dl_type=0x88cc", "packet_type=(0,0)", "dl_type=0x5ff"], 0, 0],
];

function field(s: TextSource, form: OxmForm): string {
  if (odd(s, 5)) return `${part(s, form)}=${number(s, pick(s, [1, 8, 16]))}`;
  const name = odd(s, 3) ? form.constant : nameOf(s, form);
  if (odd(s, 3)) return name;
  return !odd(s, 5)
    ? `${name}=${fieldValue(s, form)}`
    : pick(s, [`${name}:${fieldValue(s, form)}`, `${name}(${fieldValue(s, form)})`, `${name}=*`]);
}

const tag = (s: TextSource): string =>
  pick(s, [
    `dl_vlan=${pick(s, ["0", "5", "4095", "0xffff", "65535", number(s, 16)])}`,
    `dl_vlan_pcp=${number(s, 3)}`,
    "dl_vlan=*",
    "dl_vlan_pcp=*",
    "dl_vlan=1/2",
    "vlan_tci=0x1000/0x1000",
    "vlan_vid=0x1005",
  ]);

function meta(s: TextSource): string {
  const wrong = [
    `cookie=${number(s, 64)}/${number(s, 64)}`,
    `out_port=${port(s)}`,
    `out_group=${number(s, 32)}`,
    "foo",
    "foo=1",
    "duration",
    "check_overlap=1",
  ];
  return word(
    s,
    [
      `priority=${number(s, 16)}`,
      `table=${number(s, 8)}`,
      `cookie=${number(s, 64)}`,
      `idle_timeout=${number(s, 16)}`,
      `hard_timeout=${number(s, 16)}`,
      `importance=${number(s, 16)}`,
      ...["send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts", "no_byte_counts"],
      ...["duration=5s", "n_packets=5", "n_bytes=5", "idle_age=5", "hard_age=5", "allow_hidden_fields", "no_readonly_table"],
    ],
    wrong,
  );
}

const EDITS = ["(", ")", ",", "=", ":", "/", "->", "[", "]", " ", "\t", "\n", "-", "+", "0", "x", "*", '"', "\\", "|", ".", "é", "#"];

/** A text with some characters lost, others put in, or a piece of it there twice. */
function spoilt(s: TextSource, text: string): string {
  let changed = text;
  for (let edits = s.integer(1, 3); edits > 0; edits--) {
    const at = s.integer(0, changed.length);
    const rest = changed.slice(at);
    switch (s.integer(0, 4)) {
      case 0:
        changed = changed.slice(0, at) + rest.slice(1);
        break;
      case 1:
        changed = changed.slice(0, at) + rest.slice(0, s.integer(1, 20)) + rest;
        break;
      case 2:
        changed = changed.slice(0, at) + rest.slice(s.integer(1, 20));
        break;
      default:
        changed = changed.slice(0, at) + pick(s, EDITS) + rest;
    }
  }
  return changed;
}

/** Lists within lists, at and beside the limit of depth. */
function deep(s: TextSource): string {
  const depth = pick(s, [5, 40, 98, 99, 100, 101, 300]);
  const open = pick(s, ["clone(", "write_actions(clone(", "ct(commit,exec("]);
  return `actions=${open.repeat(depth)}${action(s, 0)}${")".repeat(depth * (open.split("(").length - 1) - (chance(s, 10) ? 1 : 0))}`;
}

/** A list of more bytes than one may have, or just not. */
function long(s: TextSource): string {
  const one = pick(s, ["output:1,", "set_field:1->tun_metadata0,", `note:${"00".repeat(500)},`, "learn(eth_src),", "resubmit(,1),"]);
  return `actions=${one.repeat(pick(s, [10, 100, 240, 260, 1000, 4100]))}`;
}

/** The text of a flow, right or wrong. It has no zero bytes. */
export function randomFlow(source: RandomSource): string {
  const [words, ethType, proto] = pick(source, KINDS);
  const s: TextSource = { integer: (min, max) => source.integer(min, max), odd: chance(source, 50), ethType, proto };
  if (odd(s, 2)) return chance(s, 80) ? deep(s) : long(s);
  const apt = FORMS.filter((f) => Object.keys(f.field.requires).length > 0);
  const parts = [
    ...several(s, 2, () => (chance(s, 50) ? "" : meta(s))),
    odd(s, 20) ? "" : pick(s, words),
    ...several(s, 4, () => field(s, chance(s, 60) ? formFrom(s, apt) : anyForm(s))),
    chance(s, 12) ? tag(s) : "",
    odd(s, 5) ? pick(s, pick(s, KINDS)[0]) : "",
  ].filter((text) => text !== "");
  if (chance(s, 10)) parts.reverse();
  const gap = chance(s, 90) ? "," : pick(s, [" ", ", ", ",,", "\t"]);
  const head = parts.join(gap);
  const word = odd(s, 6) ? pick(s, ["action=", "actions:", "actions", "actions =", ""]) : "actions=";
  const text = `${head}${head === "" ? "" : gap}${word}${actions(s)}`;
  return odd(s, 20) ? spoilt(s, text) : text;
}
