/** Random texts of actions. */
import {
  anyForm,
  chance,
  FORMS,
  fieldValue,
  formFrom,
  ipv4,
  ipv6,
  mac,
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

type Make = (s: TextSource, depth: number) => string;

const called = (s: TextSource, name: string, inner: string): string =>
  !odd(s, 15)
    ? `${name}(${inner})`
    : pick(s, [`${name}:${inner}`, `${name}=${inner}`, `${name} (${inner})`, `${name}(${inner}`, `${name}`]);
const colon = (s: TextSource, name: string, value: string): string =>
  !odd(s, 15) ? `${name}:${value}` : pick(s, [`${name}(${value})`, `${name}=${value}`, name, `${name}: ${value}`]);
/** Some of the pairs, in any order, some of them twice. */
const some = (s: TextSource, pairs: readonly string[], percent = 50): string => {
  const left = pairs.filter(() => chance(s, percent));
  if (chance(s, 20)) left.reverse();
  if (odd(s, 6)) left.push(pick(s, pairs));
  if (odd(s, 4)) left.push(pick(s, ["foo", "foo=1", "", "table", "="]));
  return left.join(chance(s, 90) ? "," : pick(s, [" ", ", ", ",,"]));
};
const table = (s: TextSource): string => (!odd(s, 10) ? String(s.integer(0, 254)) : pick(s, ["255", "256", "-1", "t", "", "0x5"]));
const writable = FORMS.filter((f) => f.field.ovs!.writable);
const registers = FORMS.filter((f) => /^x*reg\d/.test(f.field.name));
const target = (s: TextSource, width?: number): string =>
  part(s, chance(s, 60) ? formFrom(s, registers, width) : formFrom(s, FORMS, width), width);
const hex = (s: TextSource): string =>
  word(s, ["", "00", "00.01.02", "0a0b0c", "01.02.03.04.05.06.07.08.09", "AA.bb"], ["f", "0g", "00 11", "0x00", ".".repeat(3), "1 2"]);
const hash = (s: TextSource): string =>
  word(s, ["eth_src", "symmetric_l4", "symmetric_l3l4", "symmetric_l3l4+udp", "nw_src", "nw_dst", "symmetric_l3"], ["ETH_SRC", "foo", ""]);

const natRange = (s: TextSource): string => {
  const address = chance(s, 70) ? ipv4(s).split("/")[0]! : chance(s, 50) ? `[${ipv6(s).split("/")[0]}]` : ipv6(s).split("/")[0]!;
  const second = chance(s, 40) ? `-${chance(s, 80) ? address : ipv4(s)}` : "";
  const ports = chance(s, 40) ? `:${number(s, 16)}${chance(s, 50) ? `-${number(s, 16)}` : ""}` : "";
  return address + second + ports + (odd(s, 4) ? pick(s, ["x", "-", ":", ",", " "]) : "");
};

const nat: Make = (s) => {
  if (chance(s, 15)) return "nat";
  return called(
    s,
    "nat",
    some(s, [`${pick(s, ["src", "dst"])}=${natRange(s)}`, "random", "hash", "persistent", pick(s, ["src", "dst", "foo"])], 30),
  );
};

const ctInner: Make = (s) =>
  chance(s, 80)
    ? `set_field:${number(s, 32)}${chance(s, 30) ? `/${number(s, 32)}` : ""}->${word(s, ["ct_mark", "ct_label"], ["reg0", "ct_zone"])}`
    : pick(s, ["load:1->NXM_NX_CT_MARK[]", "move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]", "load:5->ct_label[0..7]", "output:1", nat(s, 0)]);

const ct: Make = (s, depth) =>
  called(
    s,
    "ct",
    some(
      s,
      [
        "commit",
        pick(s, ["force", "commit"]),
        `table=${table(s)}`,
        `zone=${chance(s, 60) ? number(s, 16) : target(s, odd(s, 20) ? 8 : 16)}`,
        `alg=${word(s, ["ftp", "tftp"], ["http", "", "FTP"])}`,
        nat(s, depth),
        called(s, "exec", several(s, 2, () => (!odd(s, 15) ? ctInner(s, depth) : action(s, depth - 1))).join(",")),
      ],
      35,
    ),
  );

const learnMatch: Make = (s) => {
  const form = anyForm(s);
  const width = chance(s, 50) ? undefined : s.integer(1, Math.min(form.field.ovs!.bits, 32));
  const to = part(s, form, width);
  if (chance(s, 35)) return to;
  if (chance(s, 50)) return `${to}=${part(s, chance(s, 60) ? form : pick(s, registers), width)}`;
  return `${to}=${fieldValue(s, form)}`;
};

const learn: Make = (s) =>
  called(
    s,
    "learn",
    [
      some(
        s,
        [
          `table=${table(s)}`,
          `priority=${number(s, 16)}`,
          `idle_timeout=${number(s, 16)}`,
          `hard_timeout=${number(s, 16)}`,
          `fin_idle_timeout=${number(s, 16)}`,
          `fin_hard_timeout=${number(s, 16)}`,
          `cookie=${number(s, 64)}`,
          "send_flow_rem",
          "delete_learned",
          `limit=${number(s, 32)}`,
          `result_dst=${target(s, odd(s, 10) ? 2 : 1)}`,
        ],
        25,
      ),
      ...(chance(s, 40) ? [pick(s, ["eth_type=0x800", "dl_type=0x800,nw_proto=6", "eth_type=0x86dd,nw_proto=17"])] : []),
      ...several(s, 3, () => learnMatch(s, 0)),
      ...several(s, 2, () => {
        const width = s.integer(1, 32);
        return `load:${chance(s, 50) ? number(s, width) : target(s, width)}->${target(s, width)}`;
      }),
      ...(chance(s, 30) ? [`output:${target(s)}`] : []),
    ]
      .filter((text) => text !== "")
      .join(","),
  );

const spread = (s: TextSource, name: string): string => {
  const members = several(s, 4, () => port(s)).join(",");
  const dst = name === "bundle_load" ? `${target(s, pick(s, [16, 16, 32]))},` : "";
  const between = chance(s, 90) ? "," : pick(s, [", ", " ", ",,"]);
  const words = [hash(s), number(s, 16), word(s, ["hrw", "active_backup"], ["HRW", "foo"]), word(s, ["ofport"], ["robot", "OFPORT"])];
  return called(
    s,
    name,
    `${words.join(between)}${between}${dst}${word(s, ["members:", "slaves:"], ["members", "members: ", "foo:"])}${members}`,
  );
};

const SET_TEXT: Make = (s) => {
  const form = odd(s, 15) ? anyForm(s) : formFrom(s, writable);
  const name = odd(s, 10) ? part(s, form) : nameOf(s, form);
  return colon(s, "set_field", `${fieldValue(s, form)}${odd(s, 4) ? pick(s, ["", "-", "->->"]) : "->"}${odd(s, 3) ? "" : name}`);
};

const load: Make = (s) => {
  const width = s.integer(1, 64);
  return colon(
    s,
    "load",
    `${number(s, odd(s, 10) ? 64 : width)}->${part(s, odd(s, 30) ? anyForm(s) : formFrom(s, writable, width), width)}`,
  );
};

const move: Make = (s) => {
  const width = pick(s, [1, 8, 16, 32, 48, 64]);
  return colon(s, "move", `${target(s, width)}->${part(s, odd(s, 20) ? anyForm(s) : formFrom(s, writable, width), width)}`);
};

const outer = (s: TextSource, name: string, depth: number): string =>
  called(s, name, depth <= 0 ? "" : several(s, 3, () => action(s, depth - 1)).join(","));

const encap: Make = (s) => {
  const property = (): string =>
    pick(s, [
      `md_type=${pick(s, ["1", "2", "0", "3", "x"])}`,
      `tlv(${pick(s, ["0x1000", "0", "0x12345"])},${number(s, 8)},0x${pick(s, ["12345678", "1", "", "12"])})`,
      "foo=1",
      "md_type",
      "tlv()",
    ]);
  return pick(s, [
    "encap(ethernet)",
    "encap(mpls)",
    "encap(mpls_mc)",
    "encap(nsh)",
    "encap",
    "encap()",
    "encap(foo)",
    `encap(nsh(${several(s, 3, property).join(",")}))`,
    "encap:nsh",
    "encap(ethernet())",
    `encap(mpls(${property()}))`,
  ]);
};

const decap: Make = (s) =>
  chance(s, 50)
    ? "decap"
    : called(
        s,
        "decap",
        pick(s, [
          "",
          `packet_type(ns=${number(s, 8)},type=${number(s, 16)})`,
          "packet_type(ns=0,type=0)",
          "packet_type(ns=1,type=0x894f)",
          "packet_type(ns=1)",
          "packet_type()",
          "packet_type",
          "foo",
        ]),
      );

const controller: Make = (s) =>
  pick(s, [
    "controller",
    "CONTROLLER",
    colon(s, "controller", number(s, 16)),
    called(
      s,
      "controller",
      some(s, [
        `reason=${word(s, ["no_match", "action", "invalid_ttl", "group", "packet_out", "action_set"], ["ACTION", "foo", ""])}`,
        `max_len=${number(s, 16)}`,
        `id=${number(s, 16)}`,
        `userdata=${hex(s)}`,
        "pause",
        `meter_id=${number(s, 32)}`,
      ]),
    ),
  ]);

const MAKERS: readonly (readonly [weight: number, make: Make])[] = [
  [8, (s) => colon(s, "output", port(s))],
  [3, (s) => port(s)],
  [3, (s) => colon(s, "output", target(s))],
  [2, (s) => called(s, "output", some(s, [`port=${port(s)}`, `max_len=${number(s, 16)}`], 90))],
  [4, controller],
  [
    2,
    (s) =>
      pick(s, [
        `enqueue:${port(s)}:${number(s, 32)}`,
        `enqueue(${port(s)},${number(s, 32)})`,
        "enqueue",
        "enqueue:1",
        "enqueue:1q2",
        "enqueue(:1,,2,3)",
        "enqueue(1, 2)",
      ]),
  ],
  [2, (s) => spread(s, "bundle")],
  [2, (s) => spread(s, "bundle_load")],
  [2, (s) => pick(s, ["normal", "drop", "flood", "ALL", "in_port", "LOCAL", "table", "drop", "none", "NORMAL", "any"])],
  [10, SET_TEXT],
  [6, load],
  [5, move],
  [3, (s) => colon(s, pick(s, ["push", "pop"]), target(s))],
  [2, (s) => colon(s, "delete_field", !odd(s, 30) ? `tun_metadata${s.integer(0, s.odd ? 64 : 63)}` : nameOf(s, anyForm(s)))],
  [2, (s) => colon(s, pick(s, ["mod_vlan_vid", "set_vlan_vid"]), number(s, 12))],
  [2, (s) => colon(s, pick(s, ["mod_vlan_pcp", "set_vlan_pcp"]), number(s, 3))],
  [2, (s) => pick(s, ["strip_vlan", "pop_vlan", "strip_vlan:1"])],
  [2, (s) => colon(s, "push_vlan", word(s, ["0x8100", "0x88a8", "33024"], ["0x9100", "x", ""]))],
  [2, (s) => colon(s, pick(s, ["push_mpls", "pop_mpls"]), word(s, ["0x8847", "0x8848", "0x800", "0x86dd"], ["x", "70000", "0x9999"]))],
  [2, (s) => colon(s, pick(s, ["mod_dl_src", "mod_dl_dst"]), mac(s))],
  [2, (s) => colon(s, pick(s, ["mod_nw_src", "mod_nw_dst"]), ipv4(s))],
  [2, (s) => colon(s, pick(s, ["mod_nw_tos", "mod_nw_ecn", "mod_nw_ttl"]), number(s, 8))],
  [2, (s) => colon(s, pick(s, ["mod_tp_src", "mod_tp_dst"]), number(s, 16))],
  [1, (s) => colon(s, pick(s, ["set_mpls_label", "set_mpls_tc", "set_mpls_ttl"]), number(s, pick(s, [3, 8, 20])))],
  [
    2,
    (s) =>
      pick(s, [
        "dec_ttl",
        "dec_ttl()",
        "dec_ttl(1,2)",
        "dec_ttl(x)",
        "dec_ttl( )",
        "dec_ttl:5",
        `dec_ttl(${several(s, 3, () => number(s, 16)).join(",")})`,
        "dec_mpls_ttl",
        "dec_nsh_ttl",
      ]),
  ],
  [2, (s) => colon(s, pick(s, ["set_tunnel", "set_tunnel64"]), number(s, pick(s, [32, 64])))],
  [1, (s) => colon(s, "set_queue", number(s, 32))],
  [
    1,
    (s) =>
      pick(s, [
        "pop_queue",
        "exit",
        "ct_clear",
        "debug_recirc",
        "debug_slow",
        "unroll_xlate",
        "output_trunc",
        "set_nw_ttl:5",
        "apply_actions",
        "apply_actions(output:1)",
        "ct_clear(1)",
        "exit:5",
      ]),
  ],
  [1, (s) => called(s, "fin_timeout", some(s, [`idle_timeout=${number(s, 16)}`, `hard_timeout=${number(s, 16)}`]))],
  [
    3,
    (s) =>
      pick(s, [
        `resubmit:${port(s)}`,
        `resubmit(${port(s)},${table(s)})`,
        `resubmit(,${table(s)})`,
        `resubmit(${port(s)},${table(s)},ct)`,
        "resubmit",
        "resubmit(,)",
        `resubmit(,${table(s)},foo)`,
        "resubmit(,1,ct,x)",
        "resubmit(1,)",
      ]),
  ],
  [
    2,
    (s) =>
      pick(s, [
        `conjunction(${number(s, 32)},${s.integer(0, 4)}/${s.integer(1, 5)})`,
        `conjunction(${number(s, 32)},${number(s, 8)}/${number(s, 8)})`,
        "conjunction",
        "conjunction(1,2)",
        "conjunction(1, 1 / 2 )",
        "conjunction(1,1/2)x",
        "conjunction:1,1/2",
      ]),
  ],
  [
    2,
    (s) =>
      called(
        s,
        "multipath",
        [
          hash(s),
          number(s, 16),
          word(s, ["modulo_n", "hash_threshold", "hrw", "iter_hash"], ["foo", "HRW"]),
          number(s, pick(s, [3, 16])),
          number(s, 16),
          target(s, pick(s, [8, 16, 32])),
        ]
          .slice(0, odd(s, 5) ? s.integer(0, 5) : 6)
          .join(pick(s, [",", ",", ",", ", ", " "])),
      ),
  ],
  [1, (s) => colon(s, "note", hex(s))],
  [
    2,
    (s) =>
      called(
        s,
        "sample",
        some(
          s,
          [
            `probability=${number(s, 16)}`,
            `collector_set_id=${number(s, 32)}`,
            `obs_domain_id=${number(s, 32)}`,
            `obs_point_id=${number(s, 32)}`,
            `sampling_port=${port(s)}`,
            pick(s, ["ingress", "egress"]),
          ],
          75,
        ),
      ),
  ],
  [2, (s) => `check_pkt_larger(${number(s, 16)})->${target(s, odd(s, 10) ? 2 : 1)}`],
  [
    1,
    (s) =>
      pick(s, [
        "check_pkt_larger(5)",
        "check_pkt_larger",
        "check_pkt_larger:5->reg0[0]",
        "check_pkt_larger(5)->",
        "check_pkt_larger(5->reg0[0])",
      ]),
  ],
  [2, encap],
  [2, decap],
  [3, (s) => colon(s, "group", number(s, 32))],
  [2, (s) => colon(s, "meter", number(s, 32))],
  [1, () => "clear_actions"],
  [3, (s) => colon(s, "goto_table", table(s))],
  [2, (s) => colon(s, "write_metadata", `${number(s, 64)}${chance(s, 40) ? `/${number(s, 64)}` : ""}`)],
  [3, (s, d) => outer(s, "write_actions", d)],
  [3, (s, d) => outer(s, "clone", d)],
  [5, ct],
  [1, nat],
  [6, learn],
];

const WEIGHTED = MAKERS.flatMap(([weight, make]) => Array.from({ length: weight }, () => make));

/** One action. @param depth - how deep lists of actions may lie in it */
export const action = (s: TextSource, depth = 2): string => pick(s, WEIGHTED)(s, depth);

/** A list of actions. */
export function actions(s: TextSource): string {
  const count = chance(s, 50) ? 1 : s.integer(0, 4);
  const list = Array.from({ length: count }, () => action(s));
  if (chance(s, 30)) list.push("output:1");
  return list.join(chance(s, 90) ? "," : pick(s, [", ", " ", ",,", ",\t"]));
}
