import { describe, expect, test } from "vitest";
import { type GroupMod, GroupNo, MeterNo, PortNo } from "../../../../src/ofp/mod.js";
import {
  BundleText,
  formatGroup,
  formatMeter,
  formatPacketOut,
  GroupText,
  PacketOutText,
  parseBundle,
  parseCtFlush,
  parseFlowMonitor,
  parseFragHandling,
  parseGroup,
  parseGroupDescs,
  parseGroups,
  parseMeter,
  parseMeterConfigs,
  parsePacketOut,
  parsePort,
  parsePortMod,
  parseTableMod,
  protocolNames,
  SyntaxFault,
  TableSetting,
} from "../../../../src/ofp/syntax/mod.js";

/** What is wrong with a text, and the text from there on; undefined for one in which it is nowhere. */
function faultOf(text: string, read: (text: string) => unknown): readonly [message: string, rest: string | undefined] {
  try {
    read(text);
  } catch (e) {
    expect(e).toBeInstanceOf(SyntaxFault);
    const { code, message, offset } = e as SyntaxFault;
    expect(code).toBe("ERR_SYNTAX");
    return [message, offset < 0 ? undefined : text.slice(offset)];
  }
  return ["", undefined];
}

describe("the text of a group", () => {
  test("becomes a group-mod", () => {
    const mod: GroupMod = parseGroup("group_id=7,type=select,bucket=weight:2,output:1,bucket=watch_port:LOCAL,drop".replace("LOCAL", "3"), {
      version: 6,
    });
    expect(mod).toMatchObject({ command: 0, groupId: 7, groupType: 1 });
    expect(mod.buckets.map((b) => [b.bucketId, b.weight, b.watchPort])).toEqual([
      [0, 2, PortNo.Any],
      [1, 1, 3],
    ]);
    expect(parseGroup("", { command: "delete" }).groupId).toBe(GroupNo.All);
  });

  test("takes the names of ports and tables", () => {
    const o = { ports: new Map([["eth0", 7]]), tables: new Map([["main", 9]]) };
    const mod = parseGroup('group_id=1,type=ff,bucket=watch_port:eth0,output:"eth0",resubmit(,main)', o);
    expect(formatGroup(mod)).toBe("group_id=1,type=ff,bucket=watch_port:7,actions=output:7,resubmit(,9)");
    expect(formatGroup(mod, { portNames: new Map([[7, "eth0"]]), tableNames: new Map([[9, "main"]]) })).toBe(
      "group_id=1,type=ff,bucket=watch_port:eth0,actions=output:eth0,resubmit(,main)",
    );
  });

  test("narrows the protocols, which begin anew with each bucket's actions, as in Open vSwitch", () => {
    const usable = (text: string): string => protocolNames(new GroupText(text).protocols);
    expect(usable("group_id=1,type=all")).toBe("any");
    expect(usable("group_id=1,type=select,selection_method=dp_hash")).toBe("OpenFlow10,NXM,OXM-OpenFlow15");
    expect(usable("group_id=1,type=select,selection_method=dp_hash,bucket=output:1")).toBe("any");
    expect(faultOf("group_id=1,type=all,bucket=push_vlan:0x8100", (text) => parseGroup(text, { version: 1 }))[0]).toBe(
      "none of the usable flow formats (OXM,OpenFlow11) is among the allowed flow formats (OpenFlow10,NXM)",
    );
  });

  test.each([
    ["group_id=1,type=all,foo=2", "unknown keyword foo", "foo=2"],
    ["group_id=1,type=bar,bucket=drop", "invalid group type bar", "bar,bucket=drop"],
    ["group_id=x,type=all", "invalid numeric format x", "x,type=all"],
    ["group_id=1,type=all,bucket=drop,bucket=weight:x,drop", 'invalid weight "x"', "x,drop"],
    ["group_id=1,type=all,bucket=drop,bucket=foo", "unknown action foo", "foo"],
    ["group_id=1,type=all,bucket=output:1,foo:5,output:2", "unknown action foo", "foo:5,output:2"],
    ["group_id=1,type=all,bucket=output:1,set_queue:x", "invalid numeric format x", "x"],
    // actions that stand around a key of the bucket, some of them behind a key of their own
    ["group_id=1,type=all,bucket=output:1, watch_port:3, actions=output:2,foo", "unknown action foo", "foo"],
    ["group_id=1,type=select,bucket=output:1,weight:5,clone(output:2,bar(1)),output:2", "unknown action bar", "bar(1)),output:2"],
    ["group_id=1,type=all,bucket=actions=output:1,bucket=set_field:1->tcp_dts", "tcp_dts is not a valid OXM field name", "tcp_dts"],
    ["group_id=1,type=all,bucket=output:1,load:5->REG0[],drop", "REG0[]: unknown field `REG0'", "REG0[],drop"],
    ["group_id=1,type=select,selection_method=hash,fields(reg0,foo,reg1)", "reg1: unknown field foo", "foo,reg1)"],
    ["type=all", "must specify a group_id", undefined],
  ])("says where it is wrong: %s", (text, message, rest) => expect(faultOf(text, (x) => parseGroup(x))).toEqual([message, rest]));

  test("is read line by line from a file, whose name and line a fault has", () => {
    const file = "group_id=1,type=all\n# none\n delete group_id=2 # gone\nmodify group_id=3,type=all,bucket=drop\n";
    expect(parseGroups(file).map((m) => [m.command, m.groupId])).toEqual([
      [0, 1],
      [2, 2],
      [1, 3],
    ]);
    expect(faultOf("group_id=1,type=all\n\n add group_id=1,type=x\n", (x) => parseGroups(x, { file: "groups.txt" }))).toEqual([
      "groups.txt:3: invalid group type x",
      "x\n",
    ]);
  });

  test("is read from a page of dump-groups, which comes out the same", () => {
    const lines = [
      "group_id=1,type=all,bucket=bucket_id:0,actions=output:1,bucket=bucket_id:1,actions=drop",
      "group_id=2,type=select,selection_method=hash,fields(ip_src=255.255.0.0,ip_dst),bucket=bucket_id:5,weight:7,actions=output:2",
    ];
    const groups = parseGroupDescs(`OFPST_GROUP_DESC reply (OF1.5) (xid=0x2):\n ${lines.join("\n ")}\n`, { version: 6 });
    expect(groups.map((g) => formatGroup(g, { version: 6 }))).toEqual(lines);
    expect(faultOf("OFPST_GROUP_DESC reply (OF1.3) (xid=0x2):\n what\n", (x) => parseGroupDescs(x))[0]).toBe("-:2: unknown keyword what");
  });
});

describe("the text of a meter", () => {
  test("becomes a meter-mod", () => {
    expect(parseMeter("meter=controller,kbps,burst,bands=type=drop rate=10 burst_size=5")).toMatchObject({
      command: 0,
      meterId: MeterNo.Controller,
      meterFlags: 5,
      bands: [{ type: "drop", rate: 10, burstSize: 5 }],
    });
    expect(faultOf("meter=1 kbps bands=type=drop rate=x", (x) => parseMeter(x))).toEqual(["invalid numeric format x", "x"]);
    expect(faultOf("meter=1 kbps bands=type=drop foo=1", (x) => parseMeter(x))).toEqual(["unknown keyword foo", "foo=1"]);
    expect(faultOf("meter=1 kbps bands=type=drop rate=1", (x) => parseMeter(x, { version: 3 }))[0]).toBe(
      "none of the usable flow formats (OXM-OpenFlow13,OXM-OpenFlow14,OXM-OpenFlow15) is among the allowed flow formats (OXM-OpenFlow12)",
    );
  });

  test("is read from a page of dump-meters, which comes out the same", () => {
    const page =
      "meter=1 kbps bands=\ntype=drop rate=10\n\nmeter=slowpath pktps burst stats bands=\ntype=drop rate=1 burst_size=2\ntype=dscp_remark rate=3 burst_size=4 prec_level=1\n";
    const meters = parseMeterConfigs(`OFPST_METER_CONFIG reply (OF1.3) (xid=0x2):\n${page}`);
    expect(meters.map((m) => formatMeter(m)).join("\n")).toBe(page);
    expect(faultOf("OFPST_METER_CONFIG reply (OF1.3) (xid=0x2):\nfoo=1\n", parseMeterConfigs)).toEqual(["unknown keyword foo", "foo=1\n"]);
    expect(faultOf("meter=1 kbps bands=\ntype=drop rate=10\nmeter=2 kbps bands=\ntype=x\n", parseMeterConfigs)).toEqual([
      "field type unknown value x",
      "x\n",
    ]);
  });
});

const FRAME = "02000000000102000000000288b500112233";

describe("the text of other messages", () => {
  test("becomes a packet-out", () => {
    const text = `in_port=1,reg0=0x5,packet=${FRAME},actions=output:2`;
    expect(formatPacketOut(parsePacketOut(text, { version: 6 }), { version: 6 })).toBe(
      `reg0=0x5,in_port=1,packet=${FRAME},actions=output:2`,
    );
    expect(parsePacketOut(text).inPort).toBe(1);
    expect(protocolNames(new PacketOutText(`packet=${FRAME},actions=encap(nsh)`).protocols)).not.toBe("any");
    expect(faultOf(`in_port=1,foo=2,packet=${FRAME}`, (x) => parsePacketOut(x))).toEqual(["unknown keyword foo", `foo=2,packet=${FRAME}`]);
    expect(faultOf(`packet=${FRAME},actions=output:1,foo`, (x) => parsePacketOut(x))).toEqual(["unknown action foo", "foo"]);
  });

  test("becomes the messages of a bundle", () => {
    const file = `flow add tcp,actions=drop\ngroup delete group_id=1\npacket-out packet=${FRAME},actions=drop\n`;
    expect(parseBundle(file).map((m) => m.type)).toEqual(["flow-mod", "group-mod", "packet-out"]);
    expect(protocolNames(new BundleText(file).protocols)).toBe("OXM-OpenFlow13,OXM-OpenFlow14,OXM-OpenFlow15");
    expect(faultOf("flow actions=drop\n group add group_id=1,type=x\n", (x) => parseBundle(x))).toEqual([
      "-:2: invalid group type x",
      "x\n",
    ]);
    expect(faultOf("port-mod 1\n", (x) => parseBundle(x))).toEqual(["-:1: Unsupported bundle message type: port-mod", "port-mod 1\n"]);
  });

  test("becomes a change of a table", () => {
    expect(new TableSetting("1", "name:main")).toMatchObject({ tableId: 1, name: "main", versions: [4, 5, 6] });
    expect(faultOf("name:main", (x) => parseTableMod("1", x))[0]).toBe(
      "name:main: a table gets its name by a request with its features, not by a table-mod",
    );
    expect(parseTableMod("all", "drop", { version: 3 })).toMatchObject({ tableId: 255, config: 2 });
  });

  test("becomes flags, ports, and tuples", () => {
    expect(["normal", "DROP", "reassemble", "nx-match"].map(parseFragHandling)).toEqual([0, 1, 2, 3]);
    expect(faultOf("x", parseFragHandling)).toEqual(["x: unknown fragment handling mode", "x"]);
    expect(parsePort("local")).toBe(PortNo.Local);
    expect(faultOf("x", (x) => parsePort(x))).toEqual(["unknown port `x'", "x"]);
    expect(faultOf("ct_nw_proto=6,ct_tp_src=x", (x) => parseCtFlush(x))).toEqual([
      "Failed to parse ct-tuple: failed to parse field ct_tp_src",
      "x",
    ]);
  });
});

describe("a wrong name", () => {
  const hintOf = (read: () => unknown): string => {
    try {
      read();
    } catch (e) {
      return (e as SyntaxFault).hint;
    }
    return "";
  };

  test.each<readonly [hint: string, read: () => unknown]>([
    ["group_id", () => parseGroup("groupid=1,type=all")],
    ["select", () => parseGroup("group_id=1,type=slect")],
    ["output", () => parseGroup("group_id=1,type=all,bucket=outptu:1")],
    ["ip_src", () => parseGroup("group_id=1,type=select,selection_method=hash,fields(ip_scr)")],
    ["pktps", () => parseMeter("meter=1 pktsp=1 bands=type=drop rate=1")],
    ["burst_size", () => parseMeter("meter=1 kbps bands=type=drop rate=1 burstsize=1")],
    ["dscp_remark", () => parseMeter("meter=1 kbps bands=type=dscp_remarks rate=1")],
    ["metadata", () => parsePacketOut(`meta_data=1,packet=${FRAME}`)],
    ["!initial", () => parseFlowMonitor("!inital=1")],
    ["noevict", () => parseTableMod("1", "noevct")],
    ["no-flood", () => parsePortMod("no-flod", { portNo: 1, hwAddr: 0 })],
    ["reassemble", () => parseFragHandling("reasemble")],
    ["ct_nw_proto", () => parseCtFlush("ct_nw_prot=6")],
    ["packet-out", () => parseBundle("packetout packet=1\n")],
  ])("is offered %s", (hint, read) => expect(hintOf(read)).toContain(hint.replace("no-", "")));
});
