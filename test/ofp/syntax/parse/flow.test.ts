import { describe, expect, test } from "vitest";
import type { SouthboundError } from "../../../../src/errors/mod.js";
import { encodeMessage } from "../../../../src/ofp/mod.js";
import {
  FlowText,
  firstProtocol,
  formatActions,
  formatInstructions,
  parseActions,
  parseFlow,
  parseInstructions,
  printBytes,
  protocolNames,
  SyntaxFault,
} from "../../../../src/ofp/syntax/mod.js";
import type { Version } from "../../../../src/schema/mod.js";

const shown = (text: string, version: Version): string =>
  printBytes(encodeMessage(parseFlow(text, { version }), version), { verbosity: 0 })
    .replace(/^OFPT_FLOW_MOD( \(OF1\.\d\))? \(xid=0x0\): /, "")
    .trimEnd();

/** Each as `ovs-ofctl -O VERSION parse-flow` prints it. */
const PRINTED: readonly (readonly [version: Version, text: string, printed: string])[] = [
  [
    1,
    "tcp,nw_dst=10.0.0.0/8,tp_dst=80,actions=mod_vlan_vid:5,output:2",
    "ADD tcp,nw_dst=10.0.0.0/8,tp_dst=80 actions=mod_vlan_vid:5,output:2",
  ],
  [6, "actions=mod_vlan_vid:5", "ADD actions=push_vlan:0x8100,set_field:4101->vlan_vid"],
  [6, "actions=set_field:5/0xff->reg0", "ADD actions=set_field:0x5/0xff->reg0"],
  [4, "actions=set_field:0x11/0x11->xxreg1", "ADD actions=load:0x1->NXM_NX_XXREG1[0],load:0x1->NXM_NX_XXREG1[4]"],
  [3, "mpls,actions=set_field:5->mpls_label", "ADD mpls actions=set_field:5->mpls_label"],
  [4, "actions=enqueue:3:7", "ADD actions=set_queue:7,output:3,pop_queue"],
  [1, "ip actions=set_field:3->ip_dscp", "ADD ip actions=mod_nw_tos:12"],
  // a form of other bits is a field of its own, whose header stays
  [4, "ip actions=set_field:5->in_port", "ADD ip actions=set_field:5->in_port"],
  [6, "ip actions=set_field:40->nw_tos", "ADD ip actions=set_field:40->nw_tos"],
  [6, "actions=load:5->NXM_OF_IN_PORT[]", "ADD actions=set_field:5->in_port"],
  [4, "udp actions=mod_tp_src:1111", "ADD udp actions=set_field:1111->udp_src"],
  [1, "actions=conjunction(18446744073709551616,1/2)", "ADD actions=conjunction(0,1/2)"],
  [1, "actions=goto_table:5", "ADD actions=resubmit(,5)"],
  [2, "icmp,nw_ecn=2,actions=push:ip_dscp", "ADD icmp actions=push:OXM_OF_IP_DSCP[]"],
  [3, "actset_output=5,ip,actions=drop", "ADD actset_output=5,ip actions=drop"],
  [4, "actions=learn()", "ADD actions=learn(table=1)"],
  [
    4,
    "metadata=5/0xf,actions=push:pkt_mark[],controller(meter_id=5,pause)",
    "ADD metadata=0x5/0xf actions=push:NXM_NX_PKT_MARK[],controller(pause,meter_id=5)",
  ],
  [
    1,
    "ip_dscp=3,actions=bundle_load(eth_src,0,hrw,ofport,reg0[0..15],members:1,2)",
    "ADD actions=bundle_load(eth_src,0,hrw,ofport,NXM_NX_REG0[0..15],members:1,2)",
  ],
  [
    4,
    "ip actions=ct(commit,zone=reg0[0..15],nat(src=1.2.3.4-1.2.3.9:5-9,random),exec(set_field:1->ct_mark))",
    "ADD ip actions=ct(commit,zone=NXM_NX_REG0[0..15],nat(src=1.2.3.4-1.2.3.9:5-9,random),exec(set_field:0x1->ct_mark))",
  ],
  [4, "reg0[0..7]=5,reg0[16]=1,actions=drop", "ADD reg0=0x10005/0x100ff actions=drop"],
];

/** Each with the words in which `ovs-ofctl parse-flow` refuses it. */
const REFUSED: readonly (readonly [text: string, message: string])[] = [
  ["tcp", "must specify an action"],
  ["actions=foo", "unknown action foo"],
  ["actions=bundle", ": not enough arguments to bundle action"],
  ["actions=output:1,drop", '"drop" must not be accompanied by any other action or instruction'],
  [
    "actions=goto_table:1,output:1",
    "invalid instruction ordering: apply_actions must appear before goto_table, for OpenFlow 1.1+ compatibility",
  ],
  ["actions=nat", 'Cannot have NAT action outside of "ct" action'],
  ["actions=ct(commit)", "actions are invalid with specified match (OFPBAC_MATCH_INCONSISTENT)"],
  ["actions=output:65300", "actions are invalid with specified match (OFPBAC_BAD_OUT_PORT)"],
  ["actions=conjunction(1,x)", '"conjunction" syntax is "conjunction(id,i/n)"'],
  ["tun_metadata0=1,tun_metadata0=2,actions=drop", "field tun_metadata0 set multiple times"],
  ["actions=output(port=1,max_len=5)", "max_len 5 is less than the minimum value 14"],
  ["actions=load:300->reg0[0..7]", "300->reg0[0..7]: value 0x12c does not fit into 8 bits"],
  ["priority=70000,actions=drop", 'invalid priority "70000"'],
  ["cookie=1/1,actions=drop", "flow additions cannot use a cookie mask"],
  ["foo=1,actions=drop", "unknown keyword foo"],
  ["actions=check_pkt_larger(70000)->reg0[0]", 'invalid (null) "70000"'],
];

const faultOf = (run: () => unknown): string => {
  try {
    run();
  } catch (e) {
    expect(e).toBeInstanceOf(SyntaxFault);
    expect((e as SouthboundError).code).toBe("ERR_SYNTAX");
    return (e as Error).message;
  }
  return "";
};

describe("the text of a flow", () => {
  test.each(PRINTED)("becomes what ovs-ofctl sends in version %i: %s", (version, text, printed) => {
    expect(shown(text, version)).toBe(printed);
  });

  test.each(REFUSED)("is refused in the words of ovs-ofctl: %s", (text, message) => {
    expect(faultOf(() => new FlowText(text, {}))).toBe(message);
  });

  test("narrows the protocols", () => {
    const usable = (text: string): string => protocolNames(new FlowText(text, {}).protocols);
    expect(usable("actions=drop")).toBe("any");
    expect(usable("table=1,actions=drop")).toBe("OXM,OpenFlow10+table_id,NXM+table_id,OpenFlow11");
    expect(usable("actions=push_vlan:0x8100")).toBe("OXM,OpenFlow11");
    expect(usable("actions=strip_vlan")).toBe("OpenFlow10,NXM");
    expect(usable("actions=encap(nsh)")).toBe("OXM-OpenFlow13,OXM-OpenFlow14,OXM-OpenFlow15");
    expect(faultOf(() => parseFlow("actions=strip_vlan", { version: 4 }))).toBe(
      "none of the usable flow formats (OpenFlow10,NXM) is among the allowed flow formats (OXM-OpenFlow13)",
    );
  });

  test("takes the command of its first word, and what that command has", () => {
    const modify = new FlowText("modify_strict cookie=1/3,priority=5,actions=drop", { command: "any" });
    expect([modify.command, modify.cookie, modify.cookieMask, modify.priority]).toEqual([2, 1n, 3n, 5]);
    const gone = parseFlow("out_port=3,out_group=7,table=2,tcp", { command: "delete", version: 4 });
    expect([gone.command, gone.outPort, gone.outGroup, gone.tableId]).toEqual([3, 3, 7, 2]);
    expect(parseFlow("", { command: "delete", version: 4 }).tableId).toBe(255);
    expect(faultOf(() => new FlowText("priority=5", { command: "delete" }))).toBe("unknown keyword priority");
    expect(faultOf(() => new FlowText("cookie=5", { command: "delete" }))).toMatch(/^cannot set cookie \(to match/);
  });

  test("tells of what its packets cannot have", () => {
    expect(new FlowText("tp_dst=80,nw_src=1.2.3.4,actions=drop", {}).normalization()).toEqual({
      before: "nw_src=1.2.3.4,tp_dst=80",
      after: "",
    });
    expect(new FlowText("tcp,tp_dst=80,actions=drop", {}).normalization()).toBeUndefined();
  });

  test("takes the names of ports and tables", () => {
    const o = { ports: new Map([["eth0", 7]]), tables: new Map([["main", 9]]), version: 4 as Version };
    const mod = parseFlow('in_port=eth0,actions=output:"eth0",goto_table:main', o);
    expect(mod.match.get("inPort")).toBe(7);
    expect(formatInstructions(mod.instructions)).toBe("output:7,goto_table:9");
  });

  test("has one first protocol of each set", () => expect(firstProtocol(0b1100)).toBe(0b100));
});

describe("the text of actions", () => {
  test("becomes actions of a version", () => {
    expect(formatActions(parseActions("set_field:10.0.0.1->ip_dst,output:2"))).toBe("set_field:10.0.0.1->ip_dst,output:2");
    expect(formatInstructions(parseInstructions("output:1,write_metadata:5,goto_table:2"))).toBe(
      "output:1,write_metadata:0x5,goto_table:2",
    );
    expect(faultOf(() => parseActions("goto_table:2"))).toBe("goto_table instruction not allowed here");
  });

  test("ends in bounded time when it is hostile", () => {
    const size = 1 << 20;
    expect(faultOf(() => parseActions("clone(".repeat(size / 6)))).toBe("Action nested too deeply");
    for (const unit of ["(", ",", "1", "output:1,", "ct(", "learn(", "a=", "set_field:"]) {
      faultOf(() => parseActions(unit.repeat(size / unit.length)));
      faultOf(() => new FlowText(`actions=${unit.repeat(size / unit.length)}`, {}));
      faultOf(() => new FlowText(`${unit.repeat(size / unit.length)}action=`, {}));
    }
    faultOf(() => parseActions(`load:${"9".repeat(size)}->reg0`));
    faultOf(() => parseActions(`load:0x${"f".repeat(size)}->reg0`));
  }, 120_000);
});

test("a flow leaves nothing behind for the next one that is read", () => {
  const text = "ip_ecn=2,tun_gtpu_flags=249,udp_src=5,actions=drop";
  const alone = parseFlow(text, { version: 5 }).match.toJSON();
  parseFlow("packet_type=(1,0x86dd),actions=drop", { version: 5 });
  expect(parseFlow(text, { version: 5 }).match.toJSON()).toEqual(alone);
});
