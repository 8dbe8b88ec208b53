/** Messages with their bytes and their text, which `ovs-ofctl ofp-print HEX 2` of Open vSwitch 3.1.0 prints too. */
import {
  AggregateStatsReply,
  apply,
  BarrierRequest,
  ClearActions,
  DecMplsTtl,
  DecNwTtl,
  DescReply,
  EchoRequest,
  Enqueue,
  ErrorMessage,
  FeaturesReply,
  FeaturesRequest,
  FlowMod,
  FlowRemoved,
  FlowStats,
  FlowStatsReply,
  FlowStatsRequest,
  GotoTable,
  Group,
  Hello,
  Match,
  type Message,
  Meter,
  masked,
  Output,
  oxmOf,
  PacketIn,
  PacketOut,
  PopMpls,
  PopVlan,
  PortDescReply,
  PortDescRequest,
  PortNo,
  PortStats,
  PortStatsReply,
  PortStatsRequest,
  PortStatus,
  PushVlan,
  SetConfig,
  SetField,
  SetQueue,
  SetVlanVid,
  TableFeatures,
  TableFeaturesReply,
  TableStats,
  TableStatsReply,
  VersionBitmap,
  WriteActions,
  WriteMetadata,
} from "../../../src/ofp/mod.js";
import type { Version } from "../../../src/schema/mod.js";
import { ARP, bytes, ETH1, ETH1_13, LOCAL, LOCAL_13, propertiesOf, TCP } from "./messages.js";

export interface Sample {
  readonly name: string;
  readonly version: Version;
  readonly make: () => Message;
  readonly hex: string;
  /** The lines that are printed, each with a newline behind it. */
  readonly text: readonly string[];
}

/** The transaction id of every sample. */
export const XID = 7;

export const CORPUS: readonly Sample[] = [
  {
    name: "hello that offers three versions",
    version: 4,
    make: () => Hello.of({ elements: [VersionBitmap.of({ bitmaps: [0x1a] })] }),
    hex: "0400001000000007000100080000001a",
    text: ["OFPT_HELLO (OF1.3) (xid=0x7):", " version bitmap: 0x01, 0x03, 0x04"],
  },
  {
    name: "hello of OpenFlow 1.0",
    version: 1,
    make: () => Hello.of(),
    hex: "0100000800000007",
    text: ["OFPT_HELLO (xid=0x7):", " version bitmap: 0x01"],
  },
  {
    name: "echo request",
    version: 4,
    make: () => EchoRequest.of({ data: bytes("68656c6c6f") }),
    hex: "0402000d0000000768656c6c6f",
    text: [
      "OFPT_ECHO_REQUEST (OF1.3) (xid=0x7): 5 bytes of payload",
      "00000000  68 65 6c 6c 6f                                  |hello           |",
    ],
  },
  {
    name: "error with the start of its request",
    version: 4,
    make: () => ErrorMessage.of({ errType: 1, code: 6, data: bytes("040e0050000000070000") }),
    hex: "040100160000000700010006040e0050000000070000",
    text: [
      "OFPT_ERROR (OF1.3) (xid=0x7): OFPBRC_BAD_LEN",
      "OFPT_FLOW_MOD (OF1.3) (xid=0x7):",
      "(***truncated to 10 bytes from 80***)",
      "00000000  04 0e 00 50 00 00 00 07-00 00                   |...P......      |",
    ],
  },
  {
    name: "error with a whole request",
    version: 1,
    make: () => ErrorMessage.of({ errType: 1, code: 1, data: bytes("0102000800000001") }),
    hex: "0101001400000007000100010102000800000001",
    text: ["OFPT_ERROR (xid=0x7): OFPBRC_BAD_TYPE", "OFPT_ECHO_REQUEST (xid=0x1): 0 bytes of payload"],
  },
  {
    name: "error of a failed hello",
    version: 4,
    make: () => ErrorMessage.of({ errType: 0, code: 0, data: new TextEncoder().encode('no "1.3" here') }),
    hex: "0401001900000007000000006e6f2022312e33222068657265",
    text: ["OFPT_ERROR (OF1.3) (xid=0x7): OFPHFC_INCOMPATIBLE", "no \\0421.3\\042 here"],
  },
  {
    name: "features request",
    version: 6,
    make: () => FeaturesRequest.of(),
    hex: "0605000800000007",
    text: ["OFPT_FEATURES_REQUEST (OF1.5) (xid=0x7):"],
  },
  {
    name: "features of OpenFlow 1.0 with two ports",
    version: 1,
    make: () =>
      FeaturesReply.of({ datapathId: 0x2an, nBuffers: 256, nTables: 254, capabilities: 0xcf, actions: 0xfff, ports: [ETH1, LOCAL] }),
    hex: "0106008000000007000000000000002a00000100fe000000000000cf00000fff000102000000000165746831000000000000000000000000000000100000000100000288000000000000020f00000000fffe02000000000262723000000000000000000000000000000000000000000000000000000000000000000000000000",
    text: [
      "OFPT_FEATURES_REPLY (xid=0x7): dpid:000000000000002a",
      "n_tables:254, n_buffers:256",
      "capabilities: FLOW_STATS TABLE_STATS PORT_STATS STP QUEUE_STATS ARP_MATCH_IP",
      "actions: output enqueue set_vlan_vid set_vlan_pcp strip_vlan mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_tp_src mod_tp_dst",
      " 1(eth1): addr:02:00:00:00:00:01",
      "     config:     NO_FLOOD",
      "     state:      LINK_DOWN",
      "     current:    100MB-FD COPPER AUTO_NEG",
      "     supported:  10MB-HD 10MB-FD 100MB-HD 100MB-FD AUTO_NEG",
      "     speed: 100 Mbps now, 100 Mbps max",
      " LOCAL(br0): addr:02:00:00:00:00:02",
      "     config:     0",
      "     state:      0",
      "     speed: 0 Mbps now, 0 Mbps max",
    ],
  },
  {
    name: "features of OpenFlow 1.3",
    version: 4,
    make: () => FeaturesReply.of({ datapathId: 0x0000505400000001n, nBuffers: 0, nTables: 8, auxiliaryId: 2, capabilities: 0x14f }),
    hex: "0406002000000007000050540000000100000000080200000000014f00000000",
    text: [
      "OFPT_FEATURES_REPLY (OF1.3) (xid=0x7): dpid:0000505400000001",
      "n_tables:8, n_buffers:0, auxiliary_id:2",
      "capabilities: FLOW_STATS TABLE_STATS PORT_STATS GROUP_STATS QUEUE_STATS PORT_BLOCKED",
    ],
  },
  {
    name: "configuration",
    version: 3,
    make: () => SetConfig.of({ flags: 6, missSendLen: 128 }),
    hex: "0309000c0000000700060080",
    text: ["OFPT_SET_CONFIG (OF1.2) (xid=0x7): frags=reassemble invalid_ttl_to_controller miss_send_len=128"],
  },
  {
    name: "barrier",
    version: 4,
    make: () => BarrierRequest.of(),
    hex: "0414000800000007",
    text: ["OFPT_BARRIER_REQUEST (OF1.3) (xid=0x7):"],
  },
  {
    name: "packet-in of OpenFlow 1.0, an ARP request",
    version: 1,
    make: () => PacketIn.of({ totalLen: 42, match: Match.of({ inPort: 3 }), reason: 0, bufferId: 0x111, data: ARP }),
    hex: "010a003c0000000700000111002a00030000ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002",
    text: [
      "OFPT_PACKET_IN (xid=0x7): total_len=42 in_port=3 (via no_match) data_len=42 buffer=0x00000111",
      "arp,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_op=1,arp_sha=02:00:00:00:00:01,arp_tha=00:00:00:00:00:00",
    ],
  },
  {
    name: "packet-in of OpenFlow 1.3, a TCP segment",
    version: 4,
    make: () =>
      PacketIn.of({ totalLen: 60, match: Match.of({ inPort: 1, tunnelId: 7n }), reason: 1, tableId: 3, cookie: 0x1234n, data: TCP }),
    hex: "040a006800000007ffffffff003c0103000000000000123400010018800000040000000180004c080000000000000007000002000000000202000000000108004500002800010000400666cd0a0000010a000002c000005000000001000000005002ffff3db20000",
    text: [
      "OFPT_PACKET_IN (OF1.3) (xid=0x7): table_id=3 cookie=0x1234 total_len=60 tun_id=0x7,in_port=1 (via action) data_len=54 (unbuffered) (***total_len != data_len***)",
      "tcp,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=49152,tp_dst=80,tcp_flags=syn tcp_csum:3db2",
    ],
  },
  {
    name: "packet-in cut short",
    version: 4,
    make: () => PacketIn.of({ totalLen: 60, match: Match.of({ inPort: PortNo.Local }), reason: 2, data: TCP.subarray(0, 30) }),
    hex: "040a004800000007ffffffff003c0200ffffffffffffffff0001000c80000004fffffffe00000000000002000000000202000000000108004500002800010000400666cd0a000001",
    text: [
      "OFPT_PACKET_IN (OF1.3) (xid=0x7): total_len=60 in_port=LOCAL (via invalid_ttl) data_len=30 (unbuffered) (***total_len != data_len***)",
      "ip,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,nw_src=0.0.0.0,nw_dst=0.0.0.0,nw_proto=0,nw_tos=0,nw_ecn=0,nw_ttl=0,nw_frag=no",
    ],
  },
  {
    name: "packet-out to all ports",
    version: 4,
    make: () => PacketOut.of({ inPort: PortNo.Controller, actions: [Output.of({ port: PortNo.Flood })], data: ARP }),
    hex: "040d005200000007fffffffffffffffd001000000000000000000010fffffffbffff000000000000ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002",
    text: [
      "OFPT_PACKET_OUT (OF1.3) (xid=0x7): in_port=CONTROLLER actions=FLOOD data_len=42",
      "arp,vlan_tci=0x0000,dl_src=02:00:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_op=1,arp_sha=02:00:00:00:00:01,arp_tha=00:00:00:00:00:00",
    ],
  },
  {
    name: "packet-out of a buffer, through OpenFlow 1.5's match",
    version: 6,
    make: () => PacketOut.of({ bufferId: 7, match: Match.of({ inPort: 9 }), actions: [Output.of({ port: PortNo.Table })] }),
    hex: "060d00300000000700000007001000000001000c80000004000000090000000000000010fffffff9ffff000000000000",
    text: ["OFPT_PACKET_OUT (OF1.5) (xid=0x7): in_port=9 actions=TABLE buffer=0x00000007"],
  },
  {
    name: "flow-mod of OpenFlow 1.0",
    version: 1,
    make: () =>
      FlowMod.of({
        cookie: 0xbeefn,
        priority: 100,
        idleTimeout: 60,
        flags: 1,
        match: Match.of({ inPort: 1, ethType: 0x800, ipProto: 6, ipv4Dst: masked(0x0a000000, 0xff000000), tcpDst: 80 }),
        instructions: [apply(SetVlanVid.of({ vlanVid: 7 }), PopVlan.of(), Enqueue.of({ port: 2, queueId: 5 }), Output.of({ port: 2 }))],
      }),
    hex: "010e0070000000070036204e000100000000000000000000000000000000080000060000000000000a00000000000050000000000000beef0000003c00000064ffffffffffff000100010008000700000003000800000000000b0010000200000000000000000005000000080002ffff",
    text: [
      "OFPT_FLOW_MOD (xid=0x7): ADD priority=100,tcp,in_port=1,nw_dst=10.0.0.0/8,tp_dst=80 cookie:0xbeef idle:60 send_flow_rem actions=mod_vlan_vid:7,strip_vlan,enqueue:2:5,output:2",
    ],
  },
  {
    name: "flow-mod of OpenFlow 1.0 on everything",
    version: 1,
    make: () => FlowMod.of({ command: 3 }),
    hex: "010e004800000007003820ff00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000003000000008000ffffffffffff0000",
    text: ["OFPT_FLOW_MOD (xid=0x7): DEL actions=drop"],
  },
  {
    name: "flow-mod with every instruction",
    version: 4,
    make: () =>
      FlowMod.of({
        tableId: 1,
        priority: 1,
        match: Match.of({ metadata: masked(5n, 0xffn) }),
        instructions: [
          GotoTable.of({ tableId: 2 }),
          WriteMetadata.of({ metadata: 0x10n, mask: 0xf0n }),
          WriteActions.of({ actions: [Group.of({ groupId: 4 })] }),
          ClearActions.of(),
          apply(DecMplsTtl.of(), Output.of({ port: PortNo.Controller, maxLen: 128 })),
          Meter.of({ meterId: 3 }),
        ].filter((i) => i.type !== "apply-actions"),
      }),
    hex: "040e008800000007000000000000000000000000000000000100000000000001ffffffffffffffffffffffff000000000001001880000510000000000000000500000000000000ff00010008020000000002001800000000000000000000001000000000000000f00003001000000000001600080000000400050008000000000006000800000003",
    text: [
      "OFPT_FLOW_MOD (OF1.3) (xid=0x7): ADD table:1 priority=1,metadata=0x5/0xff actions=meter:3,clear_actions,write_actions(group:4),write_metadata:0x10/0xf0,goto_table:2",
    ],
  },
  {
    name: "flow-mod that rewrites a packet",
    version: 4,
    make: () =>
      FlowMod.of({
        match: Match.of({
          ethType: 0x86dd,
          ipProto: 58,
          icmpv6Type: 135,
          ipv6NdTarget: 1n,
          ipv6Src: masked(0x20010db8n << 96n, 0xffffffffn << 96n),
        }),
        instructions: [
          apply(
            SetField.of({ field: oxmOf({ ethSrc: 0x020000000001 }) }),
            SetField.of({ field: oxmOf({ ipv6NdSll: 0x020000000002 }) }),
            PushVlan.of({ ethertype: 0x88a8 }),
            SetField.of({ field: oxmOf({ vlanVid: 0x1064 }) }),
            DecNwTtl.of(),
            SetQueue.of({ queueId: 1 }),
            Output.of({ port: 0xfffffff8 }),
          ),
        ],
      }),
    hex: "040e00e000000007000000000000000000000000000000000000000000008000ffffffffffffffffffffffff000000000001004c80000a0286dd8000352020010db8000000000000000000000000ffffffff000000000000000000000000800014013a80003a018780003e100000000000000000000000000000000100000000000400600000000000190010800008060200000000010000001900108000400602000000000200000011000888a800000019001080000c0210640000000000000018000800000000001500080000000100000010fffffff8ffff000000000000",
    text: [
      "OFPT_FLOW_MOD (OF1.3) (xid=0x7): ADD icmp6,ipv6_src=2001:db8::/32,icmp_type=135,nd_target=::1 actions=set_field:02:00:00:00:00:01->eth_src,set_field:02:00:00:00:00:02->nd_sll,push_vlan:0x88a8,set_field:4196->vlan_vid,dec_ttl,set_queue:1,IN_PORT",
    ],
  },
  {
    name: "flow-mod that modifies by cookie",
    version: 5,
    make: () =>
      FlowMod.of({
        command: 1,
        cookie: 3n,
        cookieMask: 0xffn,
        importance: 9,
        flags: 4,
        match: Match.of({ ethType: 0x8847, mplsLabel: 16, mplsTc: 1, mplsBos: 1 }),
        instructions: [apply(PopMpls.of({ ethertype: 0x800 }), Output.of({ port: 1 }))],
      }),
    hex: "050e007000000007000000000000000300000000000000ff0001000000008000ffffffffffffffffffffffff000400090001001c80000a02884780004601018000480101800044040000001000000000000400200000000000140008080000000000001000000001ffff000000000000",
    text: [
      "OFPT_FLOW_MOD (OF1.4) (xid=0x7): MOD mpls,mpls_label=16,mpls_tc=1,mpls_bos=1 cookie:0x3/0xff reset_counts actions=pop_mpls:0x0800,output:1",
    ],
  },
  {
    name: "flow-mod that adds with importance",
    version: 5,
    make: () =>
      FlowMod.of({
        importance: 9,
        hardTimeout: 5,
        flags: 0x1f,
        match: Match.of({ vlanVid: masked(0x1000, 0x1000), vlanPcp: 3 }),
        instructions: [],
      }),
    hex: "050e004800000007000000000000000000000000000000000000000000058000ffffffffffffffffffffffff001f00090001001180000d041000100080000e010300000000000000",
    text: [
      "OFPT_FLOW_MOD (OF1.4) (xid=0x7): ADD dl_vlan_pcp=3 hard:5 importance:9 send_flow_rem check_overlap reset_counts no_packet_counts no_byte_counts actions=drop",
    ],
  },
  {
    name: "flow-mod on untagged packets",
    version: 4,
    make: () =>
      FlowMod.of({
        match: Match.of({ vlanVid: 0, ethDst: masked(0x010000000000, 0x010000000000) }),
        instructions: [apply(Output.of({ port: PortNo.Normal }))],
      }),
    hex: "040e006800000007000000000000000000000000000000000000000000008000ffffffffffffffffffffffff000000000001001a8000070c01000000000001000000000080000c020000000000000000000400180000000000000010fffffffaffff000000000000",
    text: ["OFPT_FLOW_MOD (OF1.3) (xid=0x7): ADD vlan_tci=0x0000/0x1fff,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=NORMAL"],
  },
  {
    name: "flow-mod on ARP",
    version: 3,
    make: () =>
      FlowMod.of({
        match: Match.of({ ethType: 0x806, arpOp: 1, arpSpa: 0xc0a80001, arpTpa: masked(0xc0a80000, 0xffff00ff), arpSha: 0x020000000001 }),
        instructions: [],
      }),
    hex: "030e006000000007000000000000000000000000000000000000000000008000ffffffffffffffffffffffff000000000001002e80000a02080680002a02000180002c04c0a8000180002f08c0a80000ffff00ff800030060200000000010000",
    text: [
      "OFPT_FLOW_MOD (OF1.2) (xid=0x7): ADD arp,arp_spa=192.168.0.1,arp_tpa=192.168.0.0/255.255.0.255,arp_op=1,arp_sha=02:00:00:00:00:01 actions=drop",
    ],
  },
  {
    name: "flow removed",
    version: 4,
    make: () =>
      FlowRemoved.of({
        cookie: 1n,
        priority: 9,
        reason: 1,
        tableId: 5,
        durationSec: 3,
        durationNsec: 48_825_000,
        idleTimeout: 5,
        hardTimeout: 10,
        packetCount: 1n,
        byteCount: 60n,
        match: Match.of({ vlanVid: 0x1009 }),
      }),
    hex: "040b0040000000070000000000000001000901050000000302e902a80005000a0000000000000001000000000000003c0001000a80000c021009000000000000",
    text: [
      "OFPT_FLOW_REMOVED (OF1.3) (xid=0x7): priority=9,dl_vlan=9 reason=hard table_id=5 cookie:0x1 duration3.048825s idle5 hard10 pkts1 bytes60",
    ],
  },
  {
    name: "flow removed of OpenFlow 1.0",
    version: 1,
    make: () => FlowRemoved.of({ reason: 0, durationSec: 1, durationNsec: 5, match: Match.of({ inPort: 3, ethType: 0x800, ipDscp: 2 }) }),
    hex: "010b005800000007001820ee00030000000000000000000000000000000008000800000000000000000000000000000000000000000000000000000000000001000000050000000000000000000000000000000000000000",
    text: ["OFPT_FLOW_REMOVED (xid=0x7): priority=0,ip,in_port=3,nw_tos=8 reason=idle duration1.000000005s idle0 pkts0 bytes0"],
  },
  {
    name: "port status",
    version: 1,
    make: () => PortStatus.of({ reason: 2, port: ETH1 }),
    hex: "010c0040000000070200000000000000000102000000000165746831000000000000000000000000000000100000000100000288000000000000020f00000000",
    text: [
      "OFPT_PORT_STATUS (xid=0x7): MOD: 1(eth1): addr:02:00:00:00:00:01",
      "     config:     NO_FLOOD",
      "     state:      LINK_DOWN",
      "     current:    100MB-FD COPPER AUTO_NEG",
      "     supported:  10MB-HD 10MB-FD 100MB-HD 100MB-FD AUTO_NEG",
      "     speed: 100 Mbps now, 100 Mbps max",
    ],
  },
  {
    name: "port status of OpenFlow 1.3",
    version: 4,
    make: () => PortStatus.of({ reason: 1, port: ETH1_13 }),
    hex: "040c005000000007010000000000000000000001000000000200000000010000657468310000000000000000000000000000000100000004000028400000000000000000000000000098968000989680",
    text: [
      "OFPT_PORT_STATUS (OF1.3) (xid=0x7): DEL: 1(eth1): addr:02:00:00:00:00:01",
      "     config:     PORT_DOWN",
      "     state:      LIVE",
      "     current:    10GB-FD COPPER AUTO_NEG",
      "     speed: 10000 Mbps now, 10000 Mbps max",
    ],
  },
  {
    name: "description of a switch",
    version: 4,
    make: () => DescReply.of({ mfrDesc: "Southbound", hwDesc: "none", swDesc: "0.1.0", serialNum: "1", dpDesc: "a test" }),
    hex: "04130430000000070000000000000000536f757468626f756e640000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006e6f6e65000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000302e312e300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000310000000000000000000000000000000000000000000000000000000000000061207465737400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    text: [
      "OFPST_DESC reply (OF1.3) (xid=0x7):",
      "Manufacturer: Southbound",
      "Hardware: none",
      "Software: 0.1.0",
      "Serial Num: 1",
      "DP Description: a test",
    ],
  },
  {
    name: "request for flows",
    version: 4,
    make: () => FlowStatsRequest.of({ tableId: 3, outPort: 5, match: Match.of({ ethType: 0x800, ipProto: 17, udpSrc: 53 }) }),
    hex: "041200480000000700010000000000000300000000000005ffffffff00000000000000000000000000000000000000000001001580000a020800800014011180001e020035000000",
    text: ["OFPST_FLOW request (OF1.3) (xid=0x7): table=3 out_port=5 udp,tp_src=53"],
  },
  {
    name: "request for flows of OpenFlow 1.0",
    version: 1,
    make: () => FlowStatsRequest.of({ match: Match.of({ inPort: 1 }) }),
    hex: "011000380000000700010000003820fe000100000000000000000000000000000000000000000000000000000000000000000000ff00ffff",
    text: ["OFPST_FLOW request (xid=0x7): in_port=1"],
  },
  {
    name: "flows",
    version: 4,
    make: () =>
      FlowStatsReply.of({
        flags: 1,
        flows: [
          FlowStats.of({
            tableId: 1,
            durationSec: 12,
            durationNsec: 500_000_000,
            priority: 0,
            cookie: 0xabcn,
            packetCount: 3n,
            byteCount: 180n,
            flags: 1,
            idleTimeout: 10,
            instructions: [apply(Output.of({ port: PortNo.Controller, maxLen: 65535 }))],
          }),
          FlowStats.of({
            packetCount: 0xffffffffffffffffn,
            match: Match.of({ inPort: 1, ethType: 0x800, ipProto: 1, icmpv4Type: 8, icmpv4Code: 0 }),
            instructions: [GotoTable.of({ tableId: 1 })],
          }),
        ],
      }),
    hex: "041300c0000000070001000100000000005001000000000c1dcd65000000000a00000001000000000000000000000abc000000000000000300000000000000b40001000400000000000400180000000000000010fffffffdffff0000000000000060000000000000000000008000000000000000000000000000000000000000ffffffffffffffff000000000000000000010021800000040000000180000a020800800014010180002601088000280100000000000000000001000801000000",
    text: [
      "OFPST_FLOW reply (OF1.3) (xid=0x7): flags=[more]",
      " cookie=0xabc, duration=12.500s, table=1, n_packets=3, n_bytes=180, idle_timeout=10, send_flow_rem priority=0 actions=CONTROLLER:65535",
      " cookie=0x0, duration=0s, table=0, n_packets=?, n_bytes=0, icmp,in_port=1,icmp_type=8,icmp_code=0 actions=goto_table:1",
    ],
  },
  {
    name: "flows of OpenFlow 1.0",
    version: 1,
    make: () =>
      FlowStatsReply.of({
        flows: [
          FlowStats.of({
            durationSec: 1,
            match: Match.of({ vlanVid: 0x1005, vlanPcp: 2 }),
            instructions: [apply(PopVlan.of(), Output.of({ port: PortNo.All }))],
          }),
          FlowStats.of({ hardTimeout: 3, match: Match.of({ vlanVid: 0 }) }),
        ],
      }),
    hex: "011100cc000000070001000000680000002820fd0000000000000000000000000000000502000000000000000000000000000000000000000000000100000000800000000000000000000000000000000000000000000000000000000000000000000000000300080000000000000008fffcffff00580000002820fd0000000000000000000000000000ffff00000000000000000000000000000000000000000000000000000000800000000003000000000000000000000000000000000000000000000000000000000000",
    text: [
      "OFPST_FLOW reply (xid=0x7):",
      " cookie=0x0, duration=1s, table=0, n_packets=0, n_bytes=0, dl_vlan=5,dl_vlan_pcp=2 actions=strip_vlan,ALL",
      " cookie=0x0, duration=0s, table=0, n_packets=0, n_bytes=0, hard_timeout=3, vlan_tci=0x0000 actions=drop",
    ],
  },
  {
    name: "sums over flows",
    version: 4,
    make: () => AggregateStatsReply.of({ packetCount: 121n, byteCount: 19279n, flowCount: 3 }),
    hex: "0413002800000007000200000000000000000000000000790000000000004b4f0000000300000000",
    text: ["OFPST_AGGREGATE reply (OF1.3) (xid=0x7): packet_count=121 byte_count=19279 flow_count=3"],
  },
  {
    name: "counters of tables of OpenFlow 1.0",
    version: 1,
    make: () =>
      TableStatsReply.of({
        tables: [
          TableStats.of({
            tableId: 0,
            name: "classifier",
            wildcards: 0x3fffff,
            maxEntries: 0x100000,
            activeCount: 11,
            lookupCount: 0x17dn,
            matchedCount: 0x13n,
          }),
          TableStats.of({ tableId: 1, wildcards: 0x3fffff, maxEntries: 0x100000 }),
          TableStats.of({ tableId: 2, wildcards: 0x3fffff, maxEntries: 0x100000 }),
        ],
      }),
    hex: "011100cc000000070003000000000000636c617373696669657200000000000000000000000000000000000000000000003fffff001000000000000b000000000000017d0000000000000013010000000000000000000000000000000000000000000000000000000000000000000000003fffff001000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000000000000000000000000000003fffff001000000000000000000000000000000000000000000000",
    text: [
      "OFPST_TABLE reply (xid=0x7):",
      '  table 0 ("classifier"):',
      "    active=11, lookup=381, matched=19",
      "    max_entries=1048576",
      "    matching:",
      "      exact match or wildcard: in_port eth_{src,dst,type} vlan_{vid,pcp} ip_{src,dst} nw_{proto,tos} tcp_{src,dst}",
      "",
      "  table 1:",
      "    active=0, lookup=0, matched=0",
      "    (same features)",
      "",
      "  table 2: ditto",
    ],
  },
  {
    name: "counters of tables of OpenFlow 1.3",
    version: 4,
    make: () => TableStatsReply.of({ tables: [0, 1, 2].map((tableId) => TableStats.of({ tableId })) }),
    hex: "04130058000000070003000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000020000000000000000000000000000000000000000000000",
    text: ["OFPST_TABLE reply (OF1.3) (xid=0x7):", "  table 0:", "    active=0, lookup=0, matched=0", "", "  tables 1...2: ditto"],
  },
  {
    name: "features of tables",
    version: 4,
    make: () =>
      TableFeaturesReply.of({
        tables: [0, 1, 2].map((tableId) =>
          TableFeatures.of({ tableId, name: tableId === 0 ? "first" : "", maxEntries: 100, properties: propertiesOf(tableId) }),
        ),
      }),
    hex: "0413022000000007000c00000000000000b00000000000006669727374000000000000000000000000000000000000000000000000000000ffffffffffffffffffffffffffffffff00000000000000640000000c000100040004000400000000000200070102030000040008000000040006000c0000000400190004000000000008001c800000048000070c8000090c800017088000190880000a0200000000000a000880000004000c000400000000000e0010800006068000080680000c0200b00100000000000000000000000000000000000000000000000000000000000000000000000000ffffffffffffffffffffffffffffffff00000000000000640000000c000100040004000400000000000200060203000000040008000000040006000c0000000400190004000000000008001c800000048000070c8000090c800017088000190880000a0200000000000a000880000004000c000400000000000e0010800006068000080680000c0200b00200000000000000000000000000000000000000000000000000000000000000000000000000ffffffffffffffffffffffffffffffff00000000000000640000000c000100040004000400000000000200050300000000040008000000040006000c0000000400190004000000000008001c800000048000070c8000090c800017088000190880000a0200000000000a000880000004000c000400000000000e0010800006068000080680000c02",
    text: [
      "OFPST_TABLE_FEATURES reply (OF1.3) (xid=0x7):",
      '  table 0 ("first"):',
      "    metadata: match=0xffffffffffffffff write=0xffffffffffffffff",
      "    max_entries=100",
      "    instructions (table miss and others):",
      "      next tables: 1-3",
      "      instructions: apply_actions goto_table",
      "      Write-Actions features:",
      "        actions: output",
      "      Apply-Actions features:",
      "        actions: output set_field",
      "        supported on Set-Field: eth_{src,dst} vlan_vid",
      "    matching:",
      "      arbitrary mask: eth_{src,dst} ip_{src,dst}",
      "      exact match or wildcard: in_port_oxm",
      "      must exact match: eth_type",
      "",
      "  tables 1...2: ditto",
    ],
  },
  {
    name: "request for a port's counters",
    version: 1,
    make: () => PortStatsRequest.of({ portNo: PortNo.Local }),
    hex: "011000140000000700040000fffe000000000000",
    text: ["OFPST_PORT request (xid=0x7): port_no=LOCAL"],
  },
  {
    name: "counters of ports",
    version: 4,
    make: () =>
      PortStatsReply.of({
        ports: [
          PortStats.of({
            portNo: 2,
            rxPackets: 5n,
            txBytes: 7n,
            rxFrameErr: 0n,
            rxOverErr: 0n,
            rxCrcErr: 0n,
            durationSec: 1,
            durationNsec: 10_000_000,
          }),
          PortStats.of({ portNo: 12, rxFrameErr: 0n, rxOverErr: 0n, rxCrcErr: 0n, collisions: 0n, durationSec: 0xffffffff }),
        ],
      }),
    hex: "041300f0000000070004000000000000000000020000000000000000000000050000000000000000000000000000000000000000000000070000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffffffffffff00000001009896800000000c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000ffffffff00000000",
    text: [
      "OFPST_PORT reply (OF1.3) (xid=0x7): 2 ports",
      "  port  2: rx pkts=5, bytes=0, drop=0, errs=0, frame=0, over=0, crc=0",
      "           tx pkts=0, bytes=7, drop=0, errs=0, coll=?",
      "           duration=1.010s",
      "  port 12: rx pkts=0, bytes=0, drop=0, errs=0, frame=0, over=0, crc=0",
      "           tx pkts=0, bytes=0, drop=0, errs=0, coll=0",
    ],
  },
  {
    name: "request for ports",
    version: 4,
    make: () => PortDescRequest.of(),
    hex: "0412001000000007000d000000000000",
    text: ["OFPST_PORT_DESC request (OF1.3) (xid=0x7): port=ANY"],
  },
  {
    name: "ports in the order of their numbers",
    version: 4,
    make: () => PortDescReply.of({ ports: [LOCAL_13, ETH1_13] }),
    hex: "0413009000000007000d000000000000fffffffe00000000020000000002000062723001780000000000000000000000000000000000000300000000000000000000000000000000000000000000000000000001000000000200000000010000657468310000000000000000000000000000000100000004000028400000000000000000000000000098968000989680",
    text: [
      "OFPST_PORT_DESC reply (OF1.3) (xid=0x7):",
      " 1(eth1): addr:02:00:00:00:00:01",
      "     config:     PORT_DOWN",
      "     state:      LIVE",
      "     current:    10GB-FD COPPER AUTO_NEG",
      "     speed: 10000 Mbps now, 10000 Mbps max",
      " LOCAL(br0): addr:02:00:00:00:00:02",
      "     config:     0",
      "     state:      LINK_DOWN BLOCKED",
      "     speed: 0 Mbps now, 0 Mbps max",
    ],
  },
];
