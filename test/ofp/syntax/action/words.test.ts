import { describe, expect, test } from "vitest";
import { ACTIONS, INSTRUCTIONS } from "../../../../src/ofp/mod.js";
import {
  actionForms,
  FlowText,
  formatActions,
  formatInstructions,
  instructionForms,
  parseActions,
  parseInstructions,
  parseMatch,
  SyntaxFault,
} from "../../../../src/ofp/syntax/mod.js";
import type { Version } from "../../../../src/schema/mod.js";

/** A text of each action that is printed as it is read, with the version in which it is. */
const ACTION_TEXTS: Readonly<Record<string, readonly (readonly [version: Version, text: string])[]>> = {
  output: [
    [4, "output:7"],
    [4, "LOCAL"],
    [4, "CONTROLLER:128"],
  ],
  "output-reg": [[4, "output:NXM_NX_REG0[0..15]"]],
  "output-trunc": [[4, "output(port=5,max_len=100)"]],
  group: [[4, "group:9"]],
  controller: [
    [4, "controller(reason=no_match,max_len=5,id=7)"],
    [4, "controller(userdata=01.02,pause,meter_id=3)"],
  ],
  enqueue: [[1, "enqueue:3:7"]],
  bundle: [[4, "bundle(eth_src,50,active_backup,ofport,members:4,LOCAL)"]],
  "bundle-load": [[4, "bundle_load(symmetric_l3l4+udp,0,hrw,ofport,NXM_NX_REG0[],members:4,8)"]],
  multipath: [[4, "multipath(nw_src,50,iter_hash,12,7,NXM_NX_REG0[0..4])"]],
  resubmit: [
    [4, "resubmit:3"],
    [4, "resubmit(3,4)"],
    [4, "resubmit(,4,ct)"],
  ],
  "set-queue": [[4, "set_queue:5"]],
  "pop-queue": [[4, "pop_queue"]],
  "set-field": [
    [4, "set_field:10.0.0.1->ip_dst"],
    [6, "set_field:0x5/0xf->reg0"],
  ],
  "reg-load": [[4, "load:0x5->NXM_NX_REG0[3..7]"]],
  "copy-field": [[4, "move:NXM_NX_REG0[3..7]->NXM_NX_REG1[0..4]"]],
  "stack-push": [[4, "push:NXM_NX_REG0[]"]],
  "stack-pop": [[4, "pop:NXM_NX_REG0[3]"]],
  "check-pkt-larger": [[4, "check_pkt_larger(1500)->NXM_NX_REG0[0]"]],
  "delete-field": [[4, "delete_field:tun_metadata0"]],
  "set-vlan-vid": [
    [1, "mod_vlan_vid:5"],
    [2, "set_vlan_vid:5"],
  ],
  "set-vlan-pcp": [
    [1, "mod_vlan_pcp:5"],
    [2, "set_vlan_pcp:5"],
  ],
  "pop-vlan": [
    [1, "strip_vlan"],
    [4, "pop_vlan"],
  ],
  "push-vlan": [[4, "push_vlan:0x88a8"]],
  "set-eth-src": [[1, "mod_dl_src:00:11:22:33:44:55"]],
  "set-eth-dst": [[1, "mod_dl_dst:00:11:22:33:44:55"]],
  "set-ipv4-src": [[1, "mod_nw_src:1.2.3.4"]],
  "set-ipv4-dst": [[1, "mod_nw_dst:1.2.3.4"]],
  "set-nw-tos": [[1, "mod_nw_tos:252"]],
  "set-nw-ecn": [[2, "mod_nw_ecn:3"]],
  "set-nw-ttl": [[4, "mod_nw_ttl:64"]],
  "dec-nw-ttl": [
    [4, "dec_ttl"],
    [4, "dec_ttl(1,2)"],
  ],
  "set-tp-src": [[1, "mod_tp_src:80"]],
  "set-tp-dst": [[1, "mod_tp_dst:80"]],
  "set-mpls-label": [[2, "set_mpls_label(1048575)"]],
  "set-mpls-tc": [[2, "set_mpls_tc(7)"]],
  "set-mpls-ttl": [[4, "set_mpls_ttl(255)"]],
  "dec-mpls-ttl": [[4, "dec_mpls_ttl"]],
  "push-mpls": [[4, "push_mpls:0x8847"]],
  "pop-mpls": [[4, "pop_mpls:0x0800"]],
  "dec-nsh-ttl": [[4, "dec_nsh_ttl"]],
  encap: [[4, "encap(nsh(md_type=2,tlv(0x1000,10,0x12345678)))"]],
  decap: [
    [4, "decap()"],
    [4, "decap(packet_type(ns=1,type=0x894f))"],
  ],
  "set-tunnel": [
    [1, "set_tunnel:0x5"],
    [1, "set_tunnel64:0x5"],
  ],
  clone: [[4, "clone(output:1,output:2)"]],
  ct: [[4, "ct(commit,force,table=3,zone=NXM_NX_REG0[0..15],nat(src=1.2.3.4),exec(set_field:0x5->ct_mark),alg=ftp)"]],
  "ct-clear": [[4, "ct_clear"]],
  nat: [
    [4, "ct(commit,nat(dst=[::1]-[::5]:80-90,persistent,random))"],
    [4, "ct(nat)"],
  ],
  learn: [
    [
      4,
      "learn(table=3,idle_timeout=1,hard_timeout=2,fin_idle_timeout=3,fin_hard_timeout=4,priority=5,send_flow_rem,delete_learned,cookie=0x6,limit=7,result_dst=NXM_NX_REG0[8],eth_type=0x800,NXM_OF_IP_SRC[],NXM_NX_REG1[0..3]=0x2,load:0x1->NXM_NX_REG2[],output:NXM_OF_IN_PORT[])",
    ],
  ],
  "fin-timeout": [[4, "fin_timeout(idle_timeout=5,hard_timeout=10)"]],
  conjunction: [[4, "conjunction(7,2/5)"]],
  note: [[4, "note:01.02.03.04.05.06"]],
  exit: [[4, "exit"]],
  sample: [[4, "sample(probability=5,collector_set_id=1,obs_domain_id=2,obs_point_id=3,sampling_port=4,egress)"]],
  "debug-recirc": [[4, "debug_recirc"]],
  "debug-slow": [[4, "debug_slow"]],
};

const INSTRUCTION_TEXTS: Readonly<Record<string, string>> = {
  meter: "meter:5",
  "apply-actions": "output:5",
  "clear-actions": "clear_actions",
  "write-actions": "write_actions(group:5)",
  "write-metadata": "write_metadata:0x5/0xff",
  "goto-table": "goto_table:7",
};

const offsetOf = (run: () => unknown): number => {
  try {
    run();
  } catch (e) {
    expect(e).toBeInstanceOf(SyntaxFault);
    return (e as SyntaxFault).offset;
  }
  throw new Error("nothing was refused");
};

describe("the words of actions and instructions", () => {
  test("there are some for each, and forms for each that Open vSwitch reads", () => {
    const names = (entries: readonly { readonly entryName: string }[]): string[] => [...entries.map((e) => e.entryName), "unknown"].sort();
    expect(Object.keys(actionForms()).sort()).toEqual(names(ACTIONS.entries));
    expect(Object.keys(instructionForms()).sort()).toEqual(names(INSTRUCTIONS.entries));
    const shown = (forms: Readonly<Record<string, readonly string[]>>): string[] => Object.keys(forms).filter((n) => forms[n]!.length > 0);
    expect(shown(actionForms()).sort()).toEqual(Object.keys(ACTION_TEXTS).sort());
    expect(shown(instructionForms()).sort()).toEqual(Object.keys(INSTRUCTION_TEXTS).sort());
    expect(actionForms()["fin-timeout"]).toEqual(["fin_timeout([idle_timeout=SECONDS],[hard_timeout=SECONDS])"]);
  });

  test.each(Object.entries(ACTION_TEXTS).flatMap(([type, texts]) => texts.map(([version, text]) => [type, version, text] as const)))(
    "%s in version %i is printed as it is read: %s",
    (type, version, text) => {
      const [action] = parseActions(text, { version });
      expect(type === "nat" ? "ct" : type).toBe(action!.type);
      expect(formatActions([action!], { version })).toBe(text);
    },
  );

  test.each(Object.entries(INSTRUCTION_TEXTS))("%s is printed as it is read: %s", (type, text) => {
    const [instruction] = parseInstructions(text);
    expect(instruction!.type).toBe(type);
    expect(formatInstructions([instruction!])).toBe(text);
  });
});

/** Each with a mark before what is wrong. */
const FAULTS = [
  "output:1,^foo:2",
  "output:1,group:^x",
  "set_field:1->^reg99",
  "set_field:^1.2.3.400.5->ip_dst",
  "load:1->reg0^[40]",
  "output:1,^load:300->reg0[0..7]",
  "clone(output:1,clone(output:2,^foo))",
  "ct(commit,exec(set_field:1->ct_mark,^output:1))",
  "ct(commit,zone=^foo)",
  "ct(nat(src=1.2.3.4,^foo))",
  "ct(nat(src=1.2.3.4^garbage))",
  "learn(table=1,idle_timeout=5,^foo=7)",
  "learn(table=1,NXM_OF_IN_PORT[],load:reg0[]->^reg99)",
  "resubmit(,5),controller(max_len=^x)",
  "output(port=1,^foo=2,max_len=5)",
  "sample(probability=^70000)",
  "encap(nsh(md_type=1,^foo=2))",
  "decap(^foo)",
  "^drop,output:1",
  "goto_table:1,^output:1",
  "conjunction(1,1/2),^output:1",
  "^nat,output:1",
  "output:1,fin_timeout(^idle=3",
];

describe("the fault in an action", () => {
  test.each(FAULTS)("is where the text is wrong: %s", (marked) => {
    const at = marked.indexOf("^");
    const text = marked.replace("^", "");
    expect(offsetOf(() => parseInstructions(text))).toBe(at);
    const before = "priority=5, tcp,tp_dst=80  actions= ";
    expect(offsetOf(() => new FlowText(before + text, {}))).toBe(before.length + at);
  });

  test("that does not suit the packets is at the action", () => {
    const text = "tcp,actions=output:1,push_vlan:0x8100,dec_mpls_ttl";
    expect(offsetOf(() => new FlowText(text, {}))).toBe(text.indexOf("dec_mpls_ttl"));
  });
});

describe("the fault in a match", () => {
  test.each(["tcp,^foo=1", "in_port=1,nw_src=^1.2.3", "ct_state=+trk^+foo", "reg0=1,^reg0[40]=1", "dl_vlan=^70000"])(
    "is where the text is wrong: %s",
    (marked) => {
      const at = marked.indexOf("^");
      const text = marked.replace("^", "");
      if (!text.includes("[")) expect(offsetOf(() => parseMatch(text))).toBe(at);
      expect(offsetOf(() => new FlowText(`  ${text},actions=drop`, {}))).toBe(at + 2);
    },
  );
});
