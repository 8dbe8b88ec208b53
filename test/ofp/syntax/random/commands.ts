/** Random arguments of commands of `ovs-ofctl` whose texts are no flows, right and wrong. */
import type { RandomSource } from "../../../../src/testing/mod.js";
import type { OfctlCommand } from "../parse/ofctl-peer.js";
import {
  anyForm,
  chance,
  FORMS,
  fieldValue,
  formFrom,
  ipv4,
  ipv6,
  nameOf,
  number,
  odd,
  pick,
  port,
  several,
  type TextSource,
  word,
} from "./values.js";

/** Actions that are read alike in every version, with some that are none: their own mistakes are those of flows, and tested there. */
const ACTIONS = ["output:1", "drop", "resubmit(,5)", "note:01.02", "IN_PORT", "load:5->NXM_NX_REG0[0..15]", "move:reg0->reg1", "2"];
const BAD_ACTIONS = ["foo", "output:", "goto_table:1", "set_field:1", "group:x", "output:1(2", "", "clone(output:1", "meter:1"];

const action = (s: TextSource): string => word(s, ACTIONS, BAD_ACTIONS);

/** A pair of a key and a value, now and then in another form. */
function pair(s: TextSource, key: string, value: string): string {
  if (odd(s, 2)) return key;
  return odd(s, 4) ? pick(s, [`${key}:${value}`, `${key}(${value})`, `${key}=${value} `, `${key}==${value}`]) : `${key}=${value}`;
}

/** A text with a mistake that keys do not make by themselves. */
function spoilt(s: TextSource, text: string): string {
  if (!odd(s, 8)) return text;
  const at = s.integer(0, text.length);
  const rest = text.slice(at);
  return text.slice(0, at) + pick(s, [",", "(", ")", "=", " ", "", "foo=1,", "->", "bucket="]) + pick(s, [rest, rest.slice(1)]);
}

const id = (s: TextSource, bits: number): string =>
  odd(s, 10) ? pick(s, ["all", "any", "4294967040", "4294967041", "4294967292", "4294967295", "-1", "x", "0x", ""]) : number(s, bits);

/** A field that a group hashes. `ovs-ofctl` crashes on a part of a tunnel's option. */
function hashed(s: TextSource): string {
  const form = chance(s, 60)
    ? formFrom(
        s,
        FORMS.filter((f) => f.field.maskable === "any"),
      )
    : anyForm(s);
  const name = odd(s, 4) ? `${nameOf(s, form)}x` : nameOf(s, form);
  return form.size === 0 || chance(s, 50) ? name : `${name}=${fieldValue(s, form)}`;
}

function bucket(s: TextSource, type: string): string {
  const keys = [
    chance(s, 25) ? pair(s, "bucket_id", id(s, pick(s, [3, 32]))) : "",
    type === "select" || odd(s, 10) ? pair(s, pick(s, ["weight", "Weight"]), number(s, odd(s, 10) ? 17 : 16)) : "",
    type === "ff" || type === "fast_failover" || odd(s, 20) ? pair(s, "watch_port", port(s)) : "",
    odd(s, 10) ? pair(s, "watch_group", id(s, 32)) : "",
  ];
  const actions = chance(s, 50) ? [`actions=${action(s)}`] : [];
  const parts = [...keys, ...actions, ...several(s, 2, () => action(s)), actions.length === 0 ? action(s) : ""].filter((x) => x !== "");
  return `bucket=${parts.join(odd(s, 5) ? " " : ",")}`;
}

/** Whose text it is decides which keys belong to it. */
type GroupCommand = "add-group" | "mod-group" | "insert-buckets" | "remove-buckets" | "del-groups";

function group(s: TextSource, command: GroupCommand): string {
  const sets = command === "add-group" || command === "mod-group";
  const ofBucket = command === "insert-buckets" || command === "remove-buckets";
  const type = word(s, ["all", "select", "indirect", "ff", "fast_failover"], ["ALL", "foo", ""]);
  const selects = type === "select" && chance(s, 60);
  const hashes = selects && chance(s, 60);
  const head = [
    odd(s, 3) ? "" : pair(s, "group_id", id(s, 32)),
    sets || odd(s, 3) ? pair(s, "type", type) : "",
    selects || odd(s, 5)
      ? pair(
          s,
          "selection_method",
          hashes ? "hash" : word(s, ["dp_hash", "other"], ["a".repeat(16), "hash", "", "\u{e4}\u{f6}\u{fc}".repeat(3)]),
        )
      : "",
    selects && chance(s, 40) ? pair(s, "selection_method_param", number(s, 64)) : "",
    hashes ? (chance(s, 80) ? `fields(${several(s, 4, () => hashed(s)).join(",")})` : `fields=${hashed(s)}`) : "",
    ofBucket || odd(s, 3) ? pair(s, "command_bucket_id", word(s, ["first", "last", "1", "7"], ["all", "foo", "4294967041", ""])) : "",
    odd(s, 4) ? "foo=1" : "",
  ].filter((x) => x !== "");
  const count = type === "indirect" && !odd(s, 10) ? 1 : s.integer(0, 3);
  const buckets = sets || command === "insert-buckets" || odd(s, 3) ? Array.from({ length: count }, () => bucket(s, type)) : [];
  return spoilt(s, [...head, ...buckets].join(odd(s, 5) ? " " : ","));
}

/** The text of a group for `parse-group`. */
export function randomGroup(source: RandomSource): string {
  return group(textSource(source), "add-group");
}

const FLAGS = ["kbps", "pktps", "burst", "stats"];

function meter(s: TextSource, whole: boolean): string {
  const flags = FLAGS.filter(() => chance(s, 50));
  if (!odd(s, 10) && flags.length === 0) flags.push("kbps");
  const bursts = flags.includes("burst") !== odd(s, 10);
  const band = (): string => {
    const type = word(s, ["drop", "dscp_remark"], ["foo", "DROP", ""]);
    const keys = [
      odd(s, 5) ? "" : `type=${type}`,
      odd(s, 5) ? "" : `rate=${odd(s, 5) ? pick(s, ["0", "x", "-1"]) : s.integer(1, 5000)}`,
      bursts ? `burst_size=${s.integer(1, 5000)}` : "",
      (type === "dscp_remark") !== odd(s, 5) ? `prec_level=${s.integer(1, odd(s, 10) ? 300 : 255)}` : "",
      odd(s, 3) ? "foo=1" : "",
    ];
    return keys.filter((x) => x !== "").join(pick(s, [" ", ",", "\t"]));
  };
  const number = `meter=${odd(s, 10) ? pick(s, ["0", "4294901760", "4294901761", "x", ""]) : pick(s, ["1", "0x7", "all", "slowpath", "controller"])}`;
  if (!whole && !odd(s, 10)) return spoilt(s, number);
  const bands = several(s, 3, band);
  const head = [number, ...flags].join(pick(s, [" ", ",", " , "]));
  return spoilt(
    s,
    `${head} ${word(s, ["bands="], ["band=", "bands", "", "bands =", "bandwidth="])}${bands.join(pick(s, [" ", ",", "\t"]))}`,
  );
}

const FRAME = "02000000000102000000000288b500112233";

function packetOut(s: TextSource): string {
  const pipeline = FORMS.filter((f) => /^(tunSrc|tunDst|tunnelId|metadata|reg\d|xreg\d|inPort)$/.test(f.field.name));
  const field = (): string => {
    const form = odd(s, 10) ? anyForm(s) : formFrom(s, pipeline);
    return pair(s, nameOf(s, form), fieldValue(s, form));
  };
  const parts = [
    chance(s, 80) ? pair(s, "in_port", port(s)) : "",
    ...several(s, 2, field),
    chance(s, 10) ? `packet_type${pick(s, ["(1,0x800)", "(0,0)", "=(1,2)", "=5", "(65536,1)", "(x,-1)"])}` : "",
    odd(s, 4) ? "" : pair(s, "packet", word(s, [FRAME, FRAME.toUpperCase()], ["", "0", "zz", FRAME.slice(4), `${FRAME}.00`])),
    odd(s, 4) ? "foo=1" : "",
    `actions=${[action(s), ...several(s, 2, () => action(s))].join(",")}`,
  ];
  return spoilt(s, parts.filter((x) => x !== "").join(odd(s, 5) ? " " : ","));
}

function monitor(s: TextSource): string {
  const parts = [
    ...several(s, 3, () => word(s, ["!initial", "!add", "!delete", "!modify", "!actions", "!own", "!abbrev"], ["!foo", "add", "!"])),
    chance(s, 30) ? pair(s, "table", pick(s, ["0", "5", "254", odd(s, 20) ? "256" : "1"])) : "",
    chance(s, 30) ? pair(s, "out_port", pick(s, ["1", "65534", "LOCAL", "70000", "-1"])) : "",
    chance(s, 30) ? pair(s, "out_group", pick(s, ["1", "4294967295", "x"])) : "",
    chance(s, 50) ? pick(s, ["tcp", "ip", "ipv6", "arp", "udp6", odd(s, 20) ? "eth" : "icmp"]) : "",
    ...several(s, 2, () => {
      const form = anyForm(s);
      return pair(s, nameOf(s, form), fieldValue(s, form));
    }),
  ];
  return `watch:${spoilt(s, parts.filter((x) => x !== "").join(","))}`;
}

function tlvMaps(s: TextSource): string {
  const n = (bits: number): string => (odd(s, 8) ? pick(s, ["", "0x", "-1", " 5", "08", "+3", "99999999999999999999"]) : number(s, bits));
  const map = (): string => `{class=${n(16)},type=${n(8)},len=${n(8)}}->tun_metadata${n(6)}`;
  return spoilt(s, [map(), ...several(s, 3, map)].join(odd(s, 5) ? pick(s, [",,", " ", ""]) : ","));
}

function tuple(s: TextSource): string {
  const six = chance(s, 30);
  const address = (): string => (six ? ipv6(s) : ipv4(s)).replace(/\/.*/, "");
  const name = (side: string): string => `ct_${six !== odd(s, 5) ? "ipv6" : "nw"}_${side}`;
  const icmp = chance(s, 30);
  const parts = [
    chance(s, 60) ? pair(s, name("src"), address()) : "",
    chance(s, 60) ? pair(s, name("dst"), address()) : "",
    odd(s, 10) ? "" : pair(s, "ct_nw_proto", icmp ? pick(s, ["1", "58"]) : pick(s, ["6", "17", odd(s, 10) ? "256" : "132"])),
    ...several(s, 3, () =>
      icmp !== odd(s, 10)
        ? pair(s, pick(s, ["icmp_type", "icmp_code", "icmp_id"]), number(s, 8))
        : pair(s, pick(s, ["ct_tp_src", "ct_tp_dst"]), number(s, 16)),
    ),
    odd(s, 3) ? "foo=1" : "",
  ];
  return spoilt(s, parts.filter((x) => x !== "").join(","));
}

const textSource = (source: RandomSource): TextSource => ({
  integer: (min, max) => source.integer(min, max),
  odd: chance(source, 50),
  ethType: 0,
  proto: 0,
});

/** A command with random arguments. They have no zero bytes. */
export function randomCommand(source: RandomSource): OfctlCommand {
  const s = textSource(source);
  switch (s.integer(0, 9)) {
    case 0:
      return ["insert-buckets", group(s, "insert-buckets")];
    case 1:
      return ["remove-buckets", group(s, "remove-buckets")];
    case 2:
      return ["del-groups", group(s, "del-groups")];
    case 3:
    case 4:
      return pick(s, [
        ["add-meter", meter(s, true)],
        ["mod-meter", meter(s, true)],
        ["del-meters", meter(s, false)],
        ["meter-stats", meter(s, false)],
      ]);
    case 5:
    case 6:
      return ["packet-out", packetOut(s)];
    case 7:
      return ["monitor", monitor(s)];
    case 8:
      return [pick(s, ["add-tlv-map", "del-tlv-map"]), tlvMaps(s)];
    default:
      return ["ct-flush", ...(chance(s, 50) ? [`zone=${number(s, 16)}`] : []), tuple(s), ...(chance(s, 50) ? [tuple(s)] : [])];
  }
}
