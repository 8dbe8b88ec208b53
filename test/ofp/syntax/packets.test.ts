/** Packets and flows: what is extracted from a frame, frames that are made of flows, and the forms of a match on a VLAN tag. Expected text is what ovs-ofctl 3.1 prints. */
import { expect, test } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/mod.js";
import { formatFlowOfPacket, formatPacket, parsePacket, type SyntaxFault, vlanForms } from "../../../src/ofp/syntax/mod.js";
import { seededSource } from "../../../src/testing/mod.js";

const ENDS = "0".repeat(24);
const PAYLOAD = fromHex("0102");

/** The text of a flow, and the frame that is made of it with a payload of two bytes. */
const COMPOSED: readonly (readonly [flow: string, frame: string])[] = [
  [
    "tcp,nw_src=10.0.0.1,tp_src=80,tcp_flags=syn",
    `${ENDS}0800450000280000000000 06b0d00a00000100000000005000000000000000000000500200 00a5920000`,
  ],
  ["arp,arp_op=1,arp_spa=10.0.0.1,arp_sha=00:00:00:00:00:01", `${ENDS}08060001080006040001000000000001 0a000001000000000000 00000000`],
  ["dl_vlan=5,ip,nw_proto=2", `${ENDS}810000050800 4500001c000000000002bae10000000000000000 0000ffff00000000`],
  ["mpls,mpls_label=3,mpls_bos=1", `${ENDS}884700003100`],
  ["dl_type=0x05ff", `${ENDS}000e`],
  ["sctp,nw_frag=later", `${ENDS}0800450000140000206400849a030000000000000000`],
];

test.each(COMPOSED)("a frame of %s", (flow, frame) => {
  const { bytes, differs } = parsePacket(flow, PAYLOAD);
  expect(toHex(bytes)).toBe(frame.replaceAll(" ", ""));
  expect(differs).toBeUndefined();
});

test("what a frame does not have is reported as a difference", () => {
  const { bytes, differs } = parsePacket("icmp6,icmpv6_type=135,nd_target=fe80::1,nd_sll=00:00:00:00:00:01");
  expect(toHex(bytes).slice(28)).toBe(
    "6000000000203a0000000000000000000000000000000000000000000000000000000000000000008700792100000000fe80000000000000000000000000000101010000000000 01".replaceAll(
      " ",
      "",
    ),
  );
  // the type of the option is a field, too, that the text does not give
  expect(differs?.specified).toMatch(/nd_target=fe80::1,nd_sll=00:00:00:00:00:01,nd_tll=00:00:00:00:00:00$/);
  expect(parsePacket("ip,reg0=5").differs).toEqual({
    specified: expect.stringMatching(/^ip,reg0=0x5,in_port=ANY,vlan_tci=0x0000,dl_src=/),
    extracted: expect.stringMatching(/^ip,in_port=ANY,vlan_tci=0x0000,dl_src=/),
  });
});

const REFUSED: readonly (readonly [flow: string, why: string])[] = [
  ["udp6,ipv6_src=::1,nonsense=5", "unknown field nonsense"],
  ["nw_src=1.2.3.4", "prerequisites not met for setting nw_src"],
  ["tcp,udp", "Ethernet type set multiple times"],
  ["nw_proto=6,dl_type=0x800", "prerequisites not met for setting nw_proto"],
  ["ip,nw_src=1.2.3.4/8", "bad value for nw_src (1.2.3.4/8: wildcards not allowed here)"],
  ["ip,nw_tos=*", "bad value for nw_tos (*: wildcards not allowed here)"],
  ["dl_vlan=1,dl_vlan=2", "field dl_vlan set multiple times"],
  ["ipv6,ipv6_src=::1/0xff", "bad value for ipv6_src (::1/0xff: invalid IPv6 address)"],
];

test.each(REFUSED)("%s is refused as Open vSwitch refuses it", (flow, why) => {
  expect(() => parsePacket(flow)).toThrow(expect.objectContaining({ code: "ERR_SYNTAX", message: `${flow}: ${why}` } as SyntaxFault));
});

test("the name of OpenFlow 1.0 for a priority needs no tag before it", () => {
  expect(toHex(parsePacket("ip,dl_vlan_pcp=5").bytes)).toMatch(/^0{24}8100a0000800/);
});

test("two tags, labels behind the first, and service headers are printed", () => {
  expect(formatFlowOfPacket(fromHex(`${ENDS}88a8500581000006080045`))).toMatch(
    /^ip,in_port=ANY,dl_vlan=5,dl_vlan_pcp=2,dl_vlan1=6,dl_vlan_pcp1=0,/,
  );
  expect(formatFlowOfPacket(fromHex(`${ENDS}88470000300000002100`))).toMatch(
    /mpls_label=3,mpls_tc=0,mpls_ttl=0,mpls_bos=0,mpls_lse1=8448$/,
  );
  expect(formatPacket(fromHex(`${ENDS}894f0fc60103000001ff${"00000001000000020000000300000004"}`))).toBe(
    "vlan_tci=0x0000,dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,dl_type=0x894f,nsh_flags=0,nsh_ttl=63,nsh_mdtype=1,nsh_np=3," +
      "nsh_spi=0x1,nsh_si=255,nsh_c1=0x1,nsh_c2=0x2,nsh_c3=0x3,nsh_c4=0x4,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no\n",
  );
});

test("any bytes are a packet", () => {
  const source = seededSource(1);
  for (let i = 0; i < 2000; i++) {
    const types = ["0800", "86dd", "0806", "8847", "894f", "8100"];
    const head = fromHex(`${ENDS}${types[source.integer(0, 5)]}`);
    const bytes = Uint8Array.from({ length: source.integer(0, 120) }, (_, at) => head[at] ?? source.integer(0, 255));
    expect(formatPacket(bytes)).toMatch(/^[^\n]+\n$/);
  }
});

test("a VLAN tag in each form of a match", () => {
  expect(vlanForms(0x838c, 0x0010)).toBe(
    "vlan_tci=0x838c/0x0010 -> 0000/0010\nNXM:  -> OFPBMC_BAD_WILDCARDS\nOXM:  -> OFPBMC_BAD_WILDCARDS\n" +
      "OF1.0: 038c/0,00/1 -> 138c/1fff\nOF1.1: 038c/0,00/1 -> 138c/1fff\n",
  );
  expect(vlanForms(0x0020, 0xbf0a)).toBe(
    "vlan_tci=0x0020/0xbf0a -> 0000/bf0a\nNXM:  -> OFPBMC_BAD_WILDCARDS\nOXM: <5 invalid bytes> -> OFPBMC_BAD_WILDCARDS\n" +
      "OF1.0: ffff/0,00/0 -> 0000/ffff\nOF1.1: ffff/0,00/1 -> 0000/ffff\n",
  );
  expect(vlanForms(0xb000, 0xf000)).toBe(
    "dl_vlan_pcp=5 -> b000/f000\nNXM: NXM_OF_VLAN_TCI_W(b000/f000) -> b000/f000\n" +
      "OXM: OXM_OF_VLAN_VID_W(1000/1000), OXM_OF_VLAN_PCP(05) -> 1000/1000,05\nOF1.0: 0000/1,05/0 -> b000/f000\nOF1.1: fffe/0,05/0 -> b000/f000\n",
  );
});
