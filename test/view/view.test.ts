/** Flows chosen by expressions, and shown by table, priority and shape. */
import { describe, expect, test } from "vitest";
import { Match } from "../../src/ofp/mod.js";
import { SyntaxFault } from "../../src/ofp/syntax/mod.js";
import {
  escapeHtml,
  type FlowRecord,
  filterNames,
  groupFlows,
  htmlPage,
  jumpsOf,
  logicText,
  parseFilter,
  plainText,
  readRecords,
  recordOfText,
  treeText,
} from "../../src/view/mod.js";

const DUMP = `OFPST_FLOW reply (OF1.3) (xid=0x2):
 cookie=0x1, duration=12.5s, table=0, n_packets=5000, n_bytes=300000, priority=100,tcp,nw_dst=10.1.0.0/16,tp_dst=80 actions=set_field:02:00:00:00:00:01->eth_dst,resubmit(,5)
 cookie=0x2, duration=12.5s, table=0, n_packets=10, n_bytes=600, priority=100,tcp,nw_dst=10.2.0.0/16,tp_dst=443 actions=set_field:02:00:00:00:00:02->eth_dst,resubmit(,5)
 cookie=0x0, duration=1s, table=0, n_packets=0, n_bytes=0, priority=50,udp,nw_src=10.0.0.0/8 actions=ct(table=7,zone=3)
 cookie=0x0, duration=1s, table=0, n_packets=0, n_bytes=0, priority=0 actions=drop
 cookie=0x0, duration=1s, table=5, n_packets=7, n_bytes=0, ip,reg0=0x5 actions=output:2,goto_table:6
 cookie=0x0, duration=1s, table=6, n_packets=0, n_bytes=0, dl_vlan=10,dl_vlan_pcp=3 actions=pop_vlan,resubmit(,0)
 cookie=0x0, duration=1s, table=7, n_packets=0, n_bytes=0, ct_state=+trk+est,ip actions=clone(output:1,resubmit(,9)),NORMAL
 cookie=0x0, duration=1s, table=20, n_packets=0, n_bytes=0, arp,arp_op=1 actions=learn(table=21,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),CONTROLLER:65535
`;
const flows = readRecords(DUMP);

/** The flows that an expression chooses, by their place in the dump. */
const chosen = (text: string): number[] => {
  const filter = parseFilter(text);
  return flows.flatMap((flow, i) => (filter.test(flow) ? [i] : []));
};

describe("an expression", () => {
  const cases: readonly (readonly [text: string, chosen: readonly number[]])[] = [
    ["table=0", [0, 1, 2, 3]],
    ["table!=0", [4, 5, 6, 7]],
    ["tcp", [0, 1]],
    ["ip", [0, 1, 2, 4, 6]],
    ["not ip", [3, 5, 7]],
    ["!ip && table=0", [3]],
    ["nw_dst=10.1.0.0/16", [0]],
    ["nw_dst=10.0.0.0/8", [0, 1]],
    ["nw_dst=10.1.2.3", []],
    ["nw_dst", [0, 1]],
    ["nw_src=10.0.0.0/255.0.0.0", [2]],
    ["tp_dst=80", [0]],
    ["tcp_dst=443", [1]],
    ["udp_dst", []],
    ["tp_dst>=80 and tp_dst<443", [0]],
    ["tcp,nw_dst=10.2.0.0/16", [1]],
    ["n_packets > 1000", [0]],
    ["n_packets>0 and n_packets<=10", [1, 4]],
    ["n_bytes=300000", [0]],
    ["duration>12 or table = 5", [0, 1, 4]],
    ["cookie=0x2", [1]],
    ["cookie=1/0x1", [0]],
    ["cookie!=0/-1", [0, 1]],
    ["priority < 100 and table=0", [2, 3]],
    ["actions~resubmit", [0, 1, 5, 6]],
    ["actions!~resubmit and table=0", [2, 3]],
    ["actions=drop", [3]],
    ['actions~"output:2,goto"', [4]],
    ["match~arp", [7]],
    ["flow~n_packets=7", [4]],
    ["dl_vlan=10", [5]],
    ["dl_vlan", [5]],
    ["dl_vlan_pcp=3", [5]],
    ["vlan_vid>9", [5]],
    ["reg0=5", [4]],
    ["reg0", [4]],
    ["reg1", []],
    ["reg0>4", [4]],
    ["ct_state=+trk", [6]],
    ["ct_state=+est-new", []],
    ["(table=0 or table=5) and (reg0=5 or udp)", [2, 4]],
    ["table=0 or table=5 and reg0=4", [0, 1, 2, 3]],
    ["not not tcp", [0, 1]],
    ["arp_op=1", [7]],
  ];
  for (const [text, expected] of cases) {
    test(text, () => {
      expect(chosen(text)).toEqual(expected);
    });
  }

  const wrong: readonly (readonly [text: string, at: number, words: RegExp])[] = [
    ["", 0, /expected a field/],
    ["nw_dts=1.2.3.4", 0, /unknown field "nw_dts".*did you mean nw_dst/],
    ["table=0 and n_pakets>1", 12, /did you mean n_packets/],
    ["ethDst=1", 0, /did you mean (dl_dst|eth_dst)/],
    ["table", 5, /needs a comparison/],
    ["table=", 6, /lacks a value/],
    ["table=x", 6, /is a number/],
    ["(table=0", 8, /opens at 0 is not closed/],
    ["table=0)", 7, /expected "and", "or" or the end/],
    ["table=0 ip", 8, /expected "and"/],
    ["nw_dst~10", 6, /~ is for actions/],
    ["nw_dst=10.0.0.x", 7, /invalid/],
    ['actions~"abc', 8, /closing quote/],
    ["actions<3", 7, /takes ~/],
    ["table=0 and ;", 12, /means nothing/],
    ["(".repeat(101), 100, /levels deep/],
    ["x".repeat(70_000), 65_536, /more than 65536/],
  ];
  for (const [text, at, words] of wrong) {
    test(`${JSON.stringify(text.slice(0, 30))} is refused at ${at}`, () => {
      const refused = (() => {
        try {
          parseFilter(text);
        } catch (e) {
          return e;
        }
        return undefined;
      })();
      expect(refused).toBeInstanceOf(SyntaxFault);
      expect((refused as SyntaxFault).message).toMatch(words);
      if (text !== "table") expect((refused as SyntaxFault).offset).toBe(at);
    });
  }

  test("takes every field and every kind of packets alone", () => {
    for (const name of filterNames().slice(14)) expect(() => parseFilter(name).test(flows[0]!), name).not.toThrow();
  });

  test("of many terms is read in time", () => {
    const filter = parseFilter(
      Array.from({ length: 4000 }, () => "not (tp_dst=81)")
        .join(" and ")
        .slice(0, 65_000 - 8)
        .replace(/ and [^)]*$/, ""),
    );
    expect(filter.test(flows[0]!)).toBe(true);
  });

  test("knows the names of ports", () => {
    const filter = parseFilter("in_port=eth0", { ports: new Map([["eth0", 3]]) });
    expect(filter.test(recordOfText("in_port=3 actions=drop"))).toBe(true);
    expect(filter.test(recordOfText("in_port=4 actions=drop"))).toBe(false);
  });

  test("asks of options of tunnels bit by bit", () => {
    const flow = recordOfText("tun_metadata0=0x1234 actions=drop");
    expect(parseFilter("tun_metadata0=0x1234").test(flow)).toBe(true);
    expect(parseFilter("tun_metadata0=0x34/0xff").test(flow)).toBe(true);
    expect(parseFilter("tun_metadata0=0x35/0xff").test(flow)).toBe(false);
    expect(parseFilter("tun_metadata1=0x34/0xff").test(flow)).toBe(false);
  });
});

describe("a dump", () => {
  test("is read with its counters", () => {
    expect(flows).toHaveLength(8);
    expect(flows[0]).toMatchObject({ tableId: 0, priority: 100, cookie: 1n, packets: 5000n, bytes: 300000n, duration: 12.5 });
    expect(flows[0]!.match).toEqual(Match.parse("tcp,nw_dst=10.1.0.0/16,tp_dst=80"));
  });

  test("with a wrong line is refused by its number", () => {
    expect(() => readRecords("table=1,actions=drop\n# none\ntable=1,ipp actions=drop\n", { file: "f" })).toThrow(/^f:3: /);
    expect(() => readRecords("hello\n", { file: "f" })).toThrow(/^f:1: .*no flow/);
  });

  test("leads from table to table", () => {
    expect(flows.map((flow) => jumpsOf(flow.instructions, flow.tableId).map(({ by, tableId }) => `${by} ${tableId}`))).toEqual([
      ["resubmit 5"],
      ["resubmit 5"],
      ["ct 7"],
      [],
      ["goto_table 6"],
      ["resubmit 0"],
      ["resubmit 9"],
      ["learn 21"],
    ]);
  });

  test("is grouped by table, priority and shape", () => {
    expect(logicText(groupFlows(flows))).toContain(
      `** TABLE 0 ** 4 flows
  priority=100 tcp,nw_dst/,tp_dst --> set_field->eth_dst,resubmit (2 flows, n_packets=5010)
  priority=50 udp,nw_src/ --> ct (1 flow, n_packets=0)
  priority=0 any --> drop (1 flow, n_packets=0)
`,
    );
    expect(
      logicText(groupFlows(flows), { flows: true })
        .split("\n")
        .filter((line) => line.startsWith("      ")),
    ).toHaveLength(8);
  });

  test("is a tree whose loops end", () => {
    expect(treeText(groupFlows(flows))).toBe(`table 0: 4 flows
  priority=100 tcp,nw_dst/,tp_dst --> set_field->eth_dst,resubmit (2 flows, n_packets=5010)
    resubmit:
      table 5: 1 flow
        priority=32768 ip,reg0 --> output,goto_table (1 flow, n_packets=7)
          goto_table:
            table 6: 1 flow
              priority=32768 dl_vlan,dl_vlan_pcp --> pop_vlan,resubmit (1 flow, n_packets=0)
                resubmit 0 (loop)
  priority=50 udp,nw_src/ --> ct (1 flow, n_packets=0)
    ct:
      table 7: 1 flow
        priority=32768 ct_state,ip --> clone,NORMAL (1 flow, n_packets=0)
          resubmit 9 (no flows)
  priority=0 any --> drop (1 flow, n_packets=0)
table 20: 1 flow
  priority=32768 arp,arp_op --> learn,CONTROLLER (1 flow, n_packets=0)
    learn 21 (no flows)
`);
  });

  test("whose tables all lead to all is as long as its jumps", () => {
    const all = Array.from({ length: 60 }, (_, from) =>
      recordOfText(`table=${from},actions=${Array.from({ length: 60 }, (_, to) => `resubmit(,${to})`).join(",")}`),
    );
    expect(treeText(groupFlows(all)).split("\n").length).toBeLessThan(60 * 60 + 3 * 60 + 2);
  });

  test("of tables in a row is a tree as deep, on a bounded stack and with a bounded indentation", () => {
    const row = Array.from({ length: 254 }, (_, n) => recordOfText(`table=${n},actions=goto_table:${n + 1}`));
    const lines = treeText(groupFlows(row)).split("\n");
    expect(lines).toHaveLength(3 * 254 + 1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  });
});

describe("a page", () => {
  const evil: FlowRecord = {
    ...recordOfText("table=1,actions=output:1"),
    tableId: 1,
    matchText: `<script>alert("1")</script>`,
    actionsText: "output:1",
    text: `x'"><img src=http://evil/ onerror=alert(1)>\u001b[2J\u202e`,
    instructions: [],
    match: Match.of({}),
    priority: 1,
    packets: undefined,
    bytes: undefined,
  } as FlowRecord;

  test("stands alone: no script, nothing from outside, text escaped", () => {
    const page = htmlPage(groupFlows([evil]), `br0<b>"`, { tableNames: new Map([[1, "<i>"]]) });
    expect(page).not.toMatch(/<script|<img|<b>|<i>|<link|<[^>]* (on\w+|src)=|url\(|@import/i);
    expect(page).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(page).toContain("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
    expect(page).toContain("default-src 'none'");
    expect(page).toContain("<title>br0&lt;b&gt;&quot;</title>");
  });

  test("has links where flows lead, and marks what stands out", () => {
    const page = htmlPage(groupFlows(flows), "br0", { highlight: (flow) => flow.cookie === 2n });
    expect(page).toContain('<a href="#table-5">resubmit 5</a>');
    expect(page).toContain('<section id="table-5">');
    expect(page).toContain("resubmit 9 (no flows)");
    expect(page.match(/<li class="hit">/g)).toHaveLength(1);
  });

  test("shows half a surrogate pair and quotes", () => {
    expect(escapeHtml("\ud800'&\n")).toBe("\ufffd&#39;&amp;\n");
    expect(plainText("a\u001b[2Jb\u009b\u202e")).toBe("a\\x1b[2Jb\\x9b\\u{202e}");
  });
});
