import { describe, expect, test } from "vitest";
import { apply, FlowModFlags, FlowRemovedReason, Match, masked, Output, PortNo, SetEthDst } from "../../src/ofp/mod.js";
import { type Flow, FlowTable, type FlowTableOptions, Refusal } from "../../src/switch/mod.js";
import { ManualClock } from "./clock.js";
import { flow, out, wordsOf } from "./flows.js";

function table(options: Partial<FlowTableOptions> = {}) {
  const clock = new ManualClock();
  const gone: [Flow, number][] = [];
  const made = new FlowTable({ clock, onRemoved: (f, reason) => gone.push([f, reason]), ...options });
  return { clock, gone, table: made };
}

const ip = (more: object = {}) => wordsOf({ inPort: 1, ethType: 0x0800, ipProto: 6, ipv4Src: 0x0a000001, ipv4Dst: 0x0a000002, ...more });

const reasonOf = (act: () => unknown): string => {
  try {
    act();
  } catch (e) {
    if (e instanceof Refusal) return e.reason;
    throw e;
  }
  return "done";
};

describe("lookup", () => {
  test("the highest priority wins, whatever its mask", () => {
    const { table: t } = table();
    const any = t.add(flow({}, { priority: 0 }));
    const net = t.add(flow({ ethType: 0x0800, ipv4Dst: masked(0x0a000000, 0xff000000) }, { priority: 10 }));
    const host = t.add(flow({ ethType: 0x0800, ipv4Dst: 0x0a000002 }, { priority: 5 }));
    expect(t.lookup(ip())).toBe(net);
    expect(t.lookup(ip({ ipv4Dst: 0x0b000001 }))).toBe(any);
    t.delete({ match: net.match });
    // the flow to the host is within the net and went with it
    expect(t.size).toBe(1);
    t.add(flow({ ethType: 0x0800, ipv4Dst: 0x0a000002 }, { priority: 5 }));
    expect(t.lookup(ip())?.match.equals(host.match)).toBe(true);
    expect([t.lookups, t.matches]).toEqual([3, 3]);
  });

  test("a field that the packet does not have is 0: what the field requires keeps packets apart", () => {
    const { table: t } = table();
    t.add(flow({ ethType: 0x0800, ipProto: 6, tcpSrc: 0 }));
    expect(t.lookup(ip({ ipProto: 6 }))).toBeDefined();
    expect(t.lookup(ip({ ipProto: 6, tcpSrc: 1 }))).toBeUndefined();
    expect(t.lookup(ip({ ipProto: 17 }))).toBeUndefined();
  });

  test("what was found is forgotten when the table changes", () => {
    const { table: t } = table();
    expect(t.lookup(ip())).toBeUndefined();
    const low = t.add(flow({ inPort: 1 }, { priority: 1 }));
    expect(t.lookup(ip())).toBe(low);
    const high = t.add(flow({ inPort: 1 }, { priority: 2 }));
    expect(t.lookup(ip())).toBe(high);
    t.delete({ match: high.match, strictPriority: 2 });
    expect(t.lookup(ip())).toBe(low);
  });

  test("VLANs: none, any, one", () => {
    const { table: t } = table();
    const none = t.add(flow({ vlanVid: 0 }));
    const any = t.add(flow({ vlanVid: masked(0x1000, 0x1000) }, { priority: 1 }));
    const five = t.add(flow({ vlanVid: 0x1005 }, { priority: 2 }));
    expect(t.lookup(wordsOf({ vlanVid: 0 }))).toBe(none);
    expect(t.lookup(wordsOf({ vlanVid: 0x1006, vlanPcp: 0 }))).toBe(any);
    expect(t.lookup(wordsOf({ vlanVid: 0x1005, vlanPcp: 0 }))).toBe(five);
  });

  test("IPv6 addresses and metadata", () => {
    const { table: t } = table();
    const prefix = 0x20010db8n << 96n;
    const f = t.add(flow({ metadata: masked(5n, 0xffn), ethType: 0x86dd, ipv6Src: masked(prefix, 0xffffffffn << 96n) }));
    const packet = { ethType: 0x86dd, ipv6Src: prefix | 1n, ipv6Dst: 2n };
    expect(t.lookup(wordsOf(packet, 0x105n))).toBe(f);
    expect(t.lookup(wordsOf(packet, 0x106n))).toBeUndefined();
    expect(t.lookup(wordsOf({ ...packet, ipv6Src: 1n }, 5n))).toBeUndefined();
  });
});

describe("add", () => {
  test("replaces a flow with the same match and priority, without saying that it went", () => {
    const { table: t, gone, clock } = table();
    const first = t.add(flow({ inPort: 1 }, { cookie: 1n, flags: FlowModFlags.SendFlowRem }));
    first.hit(60, clock.now());
    clock.advance(1500);
    const second = t.add(flow({ inPort: 1 }, { cookie: 2n }));
    expect([t.size, second.cookie, second.packetCount, second.byteCount, second.created]).toEqual([1, 2n, 1n, 60n, 1500]);
    const third = t.add(flow({ inPort: 1 }), { resetCounts: true });
    expect([third.packetCount, third.byteCount]).toEqual([0n, 0n]);
    expect(gone).toEqual([]);
    expect(t.lookup(wordsOf({ inPort: 1 }))).toBe(third);
  });

  test("refuses an overlap when asked to look", () => {
    const { table: t } = table();
    t.add(flow({ ethType: 0x0800, ipv4Src: 0x0a000001 }));
    const other = flow({ inPort: 1 });
    expect(reasonOf(() => t.add(other, { checkOverlap: true }))).toBe("OFPFMFC_OVERLAP");
    expect(reasonOf(() => t.add({ ...other, priority: 99 }, { checkOverlap: true }))).toBe("done");
    expect(reasonOf(() => t.add(flow({ ethType: 0x0806 }), { checkOverlap: true }))).toBe("done");
  });

  test("an identical flow is replaced and overlaps nothing, even where a third one overlaps both", () => {
    const { table: t } = table();
    const source = { ethType: 0x0800, ipv4Src: 0x0a000001 };
    const first = t.add(flow(source, { cookie: 1n }));
    expect(t.add(flow(source, { cookie: 2n }), { checkOverlap: true }).cookie).toBe(2n);
    t.add(flow({ inPort: 1 }));
    expect(t.add(flow(source, { cookie: 3n }), { checkOverlap: true })).toBe(first);
    expect([t.size, first.cookie]).toEqual([2, 3n]);
    expect(reasonOf(() => t.add(flow(source, { priority: 99 }), { checkOverlap: true }))).toBe("done");
  });

  test("an overlap is one of flows of the same priority, also where others have the same mask", () => {
    const { table: t } = table();
    t.add(flow({ inPort: 1 }, { priority: 6 }));
    t.add(flow({ inPort: 2 }, { priority: 5 }));
    const add = (inPort: number, priority: number) =>
      reasonOf(() => t.add(flow({ inPort, ethType: 0x0800 }, { priority }), { checkOverlap: true }));
    expect([add(1, 5), add(2, 6), add(1, 6), add(2, 5)]).toEqual(["done", "done", "OFPFMFC_OVERLAP", "OFPFMFC_OVERLAP"]);
  });

  test("a full table takes no more, but replaces", () => {
    const { table: t } = table({ maxFlows: 2 });
    t.add(flow({ inPort: 1 }));
    t.add(flow({ inPort: 2 }));
    expect(reasonOf(() => t.add(flow({ inPort: 3 })))).toBe("OFPFMFC_TABLE_FULL");
    expect(reasonOf(() => t.add(flow({ inPort: 2 }, { cookie: 9n })))).toBe("done");
    expect(t.size).toBe(2);
  });

  test("the number of masks is bounded, so that nobody makes lookups slow", () => {
    const { table: t } = table({ maxShapes: 32 });
    let refused = 0;
    for (let i = 1; i < 256; i++) {
      const init = flow({ ethType: 0x0800, ipv4Src: masked(0, i) });
      if (reasonOf(() => t.add(init)) === "OFPFMFC_TABLE_FULL") refused++;
    }
    expect([t.size, refused]).toEqual([32, 255 - 32]);
    expect(reasonOf(() => t.add(flow({ ethType: 0x0800, ipv4Src: masked(1, 1) })))).toBe("done");
  });
});

describe("modify and delete", () => {
  test("a modification changes what flows do, and leaves counters, time-outs and cookie", () => {
    const { table: t } = table();
    const a = t.add(flow({ inPort: 1, ethType: 0x0800 }, { cookie: 7n, idleTimeout: 5 }));
    const b = t.add(flow({ inPort: 1 }, { priority: 1 }));
    const c = t.add(flow({ inPort: 2 }));
    a.hit(100, 0);
    const { instructions, program } = flow({}, { instructions: out(9) });
    expect(t.modify({ match: Match.of({ inPort: 1 }) }, { instructions, program, resetCounts: false })).toBe(2);
    expect([a, b, c].map(({ program }) => program.uses.ports.has(9))).toEqual([true, true, false]);
    expect([a.cookie, a.packets, a.idleTimeout]).toEqual([7n, 1, 5]);
    expect(t.modify({ match: Match.of({ inPort: 1 }), strictPriority: 1 }, { instructions, program, resetCounts: true })).toBe(1);
    expect(a.packets).toBe(1);
  });

  test("deletes by match, strictly, by cookie, by port", () => {
    const { table: t, gone } = table();
    const fill = () => {
      t.delete({});
      gone.length = 0;
      t.add(flow({ inPort: 1 }, { priority: 1, cookie: 0x11n }));
      t.add(flow({ inPort: 1, ethType: 0x0800 }, { priority: 2, cookie: 0x12n, instructions: out(5) }));
      t.add(
        flow({ inPort: 2 }, { priority: 3, cookie: 0x21n, instructions: [apply(SetEthDst.of({ address: 1 }), Output.of({ port: 5 }))] }),
      );
    };
    fill();
    expect(t.delete({ match: Match.of({ inPort: 1 }) })).toBe(2);
    expect(gone.map(([f, reason]) => [f.priority, reason])).toEqual([
      [1, FlowRemovedReason.Delete],
      [2, FlowRemovedReason.Delete],
    ]);
    fill();
    expect(t.delete({ match: Match.of({ inPort: 1 }), strictPriority: 1 })).toBe(1);
    expect(t.delete({ match: Match.of({ inPort: 1 }), strictPriority: 2 })).toBe(0);
    fill();
    expect(t.delete({ cookie: 0x10n, cookieMask: 0xf0n })).toBe(2);
    fill();
    expect(t.delete({ outPort: 5 })).toBe(2);
    expect(t.delete({ outGroup: 1 })).toBe(0);
    expect(t.delete({ outPort: PortNo.Any })).toBe(1);
    expect(t.size).toBe(0);
  });
});

describe("time-outs", () => {
  test("idle and hard, by one timer", () => {
    const { table: t, gone, clock } = table();
    for (let n = 0; n < 50; n++) t.add(flow({ inPort: 10 + n }, { idleTimeout: 3 + n }));
    const idle = t.add(flow({ inPort: 1 }, { idleTimeout: 2 }));
    t.add(flow({ inPort: 2 }, { hardTimeout: 3, idleTimeout: 100 }));
    expect(clock.alarms.size).toBe(1);
    clock.advance(1900);
    idle.hit(60, clock.now());
    clock.advance(200);
    expect(gone.length).toBe(0);
    clock.advance(900);
    expect(gone.map(([f, reason]) => [f.match.inPort, reason])).toEqual(
      [
        [10, FlowRemovedReason.IdleTimeout],
        [2, FlowRemovedReason.HardTimeout],
      ].sort(),
    );
    clock.advance(900);
    expect(gone.at(-1)).toEqual([idle, FlowRemovedReason.IdleTimeout]);
    expect(clock.alarms.size).toBe(1);
    clock.advance(100_000);
    expect([t.size, clock.alarms.size]).toEqual([0, 0]);
  });

  test("a flow that was deleted or replaced does not go a second time", () => {
    const { table: t, gone, clock } = table();
    t.add(flow({ inPort: 1 }, { hardTimeout: 1 }));
    t.add(flow({ inPort: 1 }, { hardTimeout: 5 }));
    t.add(flow({ inPort: 2 }, { hardTimeout: 1 }));
    t.delete({ match: Match.of({ inPort: 2 }) });
    clock.advance(2000);
    expect(gone.length).toBe(1);
    expect(t.size).toBe(1);
    clock.advance(3000);
    expect(t.size).toBe(0);
  });

  test("a closed table holds no timer", () => {
    const { table: t, clock } = table();
    t.add(flow({ inPort: 1 }, { hardTimeout: 1 }));
    t.close();
    expect(clock.alarms.size).toBe(0);
    t.add(flow({ inPort: 2 }, { hardTimeout: 1 }));
    expect(clock.alarms.size).toBe(0);
  });
});

test("counters that are not wanted are all ones", () => {
  const { table: t } = table();
  const f = t.add(flow({}, { flags: FlowModFlags.NoPktCounts | FlowModFlags.NoBytCounts }));
  f.hit(60, 0);
  expect([f.packetCount, f.byteCount]).toEqual([0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn]);
});
