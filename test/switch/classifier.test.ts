/** Holds the flow table to a naive one that looks at every flow. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Match, type MatchInit, masked } from "../../src/ofp/mod.js";
import type { FlowKey } from "../../src/packet/mod.js";
import { type Flow, FlowTable, Refusal } from "../../src/switch/mod.js";
import { scaled } from "../soak.js";
import { ManualClock } from "./clock.js";
import { flow, wordsOf } from "./flows.js";

/** Few values, so that flows overlap and packets hit. */
const small = fc.integer({ min: 0, max: 3 });
const masks32 = fc.constantFrom(0xffffffff, 0xfffffffe, 0xfffffffd, 3, 1);

const matches: fc.Arbitrary<MatchInit> = fc
  .record({
    inPort: fc.option(small, { nil: undefined }),
    ethDst: fc.option(fc.tuple(small, fc.constantFrom(0xffffffffffff, 0xfffffffffffe, 2)), { nil: undefined }),
    vlanVid: fc.option(fc.constantFrom<[number, number]>([0, 0x1fff], [0x1001, 0x1fff], [0x1000, 0x1000]), { nil: undefined }),
    ip: fc.option(
      fc.tuple(fc.option(fc.tuple(small, masks32), { nil: undefined }), fc.option(fc.tuple(small, masks32), { nil: undefined })),
      {
        nil: undefined,
      },
    ),
    metadata: fc.option(fc.tuple(fc.bigInt(0n, 3n), fc.constantFrom(0xffffffffffffffffn, 1n)), { nil: undefined }),
  })
  .map(({ inPort, ethDst, vlanVid, ip, metadata }) => ({
    ...(inPort !== undefined && { inPort }),
    ...(metadata !== undefined && { metadata: masked(...metadata) }),
    ...(ethDst !== undefined && { ethDst: masked(...ethDst) }),
    ...(vlanVid !== undefined && { vlanVid: masked(...vlanVid) }),
    ...(ip !== undefined && {
      ethType: 0x0800,
      ...(ip[0] !== undefined && { ipv4Src: masked(...ip[0]) }),
      ...(ip[1] !== undefined && { ipv4Dst: masked(...ip[1]) }),
    }),
  }));

interface Fields {
  key: Partial<FlowKey>;
  metadata: bigint;
}

const packets: fc.Arbitrary<Fields> = fc
  .record({
    inPort: small,
    ethDst: small,
    vlan: fc.constantFrom(0, 0x1001, 0x1002),
    ip: fc.option(fc.tuple(small, small), { nil: undefined }),
    metadata: fc.bigInt(0n, 3n),
  })
  .map(({ inPort, ethDst, vlan, ip, metadata }) => ({
    key: {
      inPort,
      ethDst,
      ethSrc: 9,
      vlanVid: vlan,
      ...(ip === undefined ? { ethType: 0x0806 } : { ethType: 0x0800, ipv4Src: ip[0], ipv4Dst: ip[1] }),
    },
    metadata,
  }));

/** A field that a packet does not have is 0. */
const fieldOf = ({ key, metadata }: Fields, name: string): number | bigint =>
  name === "metadata" ? metadata : ((key as Record<string, number | undefined>)[name] ?? 0);

/** Whether a packet matches, field by field. */
function naive(match: Match, fields: Fields): boolean {
  return match.entries.every((e) => {
    const found = fieldOf(fields, e.field!.name);
    return (BigInt(found) & BigInt((e.mask ?? e.field!.exact) as number)) === BigInt(e.value as number);
  });
}

/** Whether `wide` matches all that `narrow` does, by its definition: each of its fields is in the other, with at least its bits. */
const covers = (wide: Match, narrow: Match): boolean =>
  wide.entries.every((w) => {
    const n = narrow.entries.find((e) => e.field === w.field);
    if (n === undefined) return false;
    const mask = BigInt((w.mask ?? w.field!.exact) as number);
    return (
      (BigInt((n.mask ?? n.field!.exact) as number) & mask) === mask && (BigInt(n.value as number) & mask) === BigInt(w.value as number)
    );
  });

type Step =
  | { op: "add"; match: MatchInit; priority: number }
  | { op: "delete"; match: MatchInit }
  | { op: "strict"; match: MatchInit; priority: number }
  | { op: "look"; packet: Fields };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op: fc.constant("add" as const), match: matches, priority: small }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("delete" as const), match: matches }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("strict" as const), match: matches, priority: small }) },
  { weight: 8, arbitrary: fc.record({ op: fc.constant("look" as const), packet: packets }) },
);

test("finds what a search through all flows finds, through any changes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new FlowTable({ clock: new ManualClock() });
      let model: Flow[] = [];
      for (const s of steps) {
        if (s.op === "look") {
          const hits = model.filter((f) => naive(f.match, s.packet));
          const best = Math.max(-1, ...hits.map((f) => f.priority));
          for (let again = 0; again < 2; again++) {
            const found = table.lookup(wordsOf(s.packet.key, s.packet.metadata));
            expect(found?.priority ?? -1).toBe(best);
            if (found !== undefined) expect(hits).toContain(found);
          }
          continue;
        }
        const match = Match.of(s.match);
        if (s.op === "add") {
          const added = table.add(flow(match, { priority: s.priority }));
          model = [...model.filter((f) => !(f.priority === s.priority && f.match.equals(match))), added];
        } else if (s.op === "delete") {
          table.delete({ match });
          model = model.filter((f) => !covers(match, f.match));
        } else {
          table.delete({ match, strictPriority: s.priority });
          model = model.filter((f) => !(f.priority === s.priority && f.match.equals(match)));
        }
        expect(new Set(table.flows())).toEqual(new Set(model));
      }
    }),
    { numRuns: scaled(500) },
  );
});

/** Whether some packet matches both: no field that both have differs in the bits that both look at. */
const overlap = (a: Match, b: Match): boolean =>
  a.entries.every((one) => {
    const other = b.entries.find((e) => e.field === one.field);
    if (other === undefined) return true;
    const mask = BigInt((one.mask ?? one.field!.exact) as number) & BigInt((other.mask ?? other.field!.exact) as number);
    return (BigInt(one.value as number) & mask) === (BigInt(other.value as number) & mask);
  });

test("flows overlap just when a packet can match both: in each field, or in none that both have", () => {
  const seen = { yes: 0, no: 0 };
  fc.assert(
    fc.property(matches, matches, packets, (a, b, packet) => {
      const table = new FlowTable({ clock: new ManualClock() });
      const first = table.add(flow(a));
      const second = flow(b);
      fc.pre(!first.match.equals(second.match));
      const wanted = overlap(first.match, second.match);
      seen[wanted ? "yes" : "no"]++;
      let reason = "none";
      try {
        table.add(second, { checkOverlap: true });
      } catch (e) {
        reason = (e as { reason: string }).reason;
      }
      expect(reason).toBe(wanted ? "OFPFMFC_OVERLAP" : "none");
      if (naive(first.match, packet) && naive(second.match, packet)) expect(wanted).toBe(true);
    }),
    { numRuns: scaled(2000) },
  );
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(5);
});

test("one field decides an overlap, whichever it is", () => {
  const base = {
    inPort: 1,
    ethDst: 2,
    ethSrc: 3,
    vlanVid: 0x1001,
    ethType: 0x0800,
    ipv4Src: 5,
    ipv4Dst: 6,
    ipProto: 6,
    tcpSrc: 7,
    tcpDst: 8,
    metadata: 9n,
  };
  const reason = (other: MatchInit): string => {
    const table = new FlowTable({ clock: new ManualClock() });
    table.add(flow(base));
    try {
      table.add(flow(other), { checkOverlap: true });
      return "none";
    } catch (e) {
      return (e as { reason: string }).reason;
    }
  };
  for (const name of ["inPort", "ethDst", "ethSrc", "vlanVid", "ipv4Src", "ipv4Dst", "tcpSrc", "tcpDst", "metadata"] as const) {
    const { [name]: value, ...without } = base;
    expect(reason(without), `without ${name}`).toBe("OFPFMFC_OVERLAP");
    const other = typeof value === "bigint" ? value + 1n : value + 1;
    expect(reason({ ...base, [name]: other }), `another ${name}`).toBe("none");
  }
});

test("a flow is refused for an overlap exactly where another one of its priority can match the same packet", () => {
  const seen = { refused: 0, taken: 0, replaced: 0 };
  fc.assert(
    fc.property(fc.array(fc.tuple(matches, fc.constantFrom(1, 2)), { minLength: 2, maxLength: 40 }), (list) => {
      const table = new FlowTable({ clock: new ManualClock() });
      const model: Flow[] = [];
      // each comes twice: where the first was taken, the second replaces it
      for (const [init, priority] of list.flatMap((entry) => [entry, entry])) {
        const match = Match.of(init);
        const others = model.filter((f) => f.priority === priority);
        const same = others.find((f) => f.match.equals(match));
        const refused = same === undefined && others.some((f) => overlap(f.match, match));
        try {
          const added = table.add(flow(match, { priority }), { checkOverlap: true });
          expect(refused).toBe(false);
          if (same === undefined) model.push(added);
          else expect(added).toBe(same);
          seen[same === undefined ? "taken" : "replaced"]++;
        } catch (e) {
          if (!(e instanceof Refusal)) throw e;
          expect([refused, e.reason]).toEqual([true, "OFPFMFC_OVERLAP"]);
          seen.refused++;
        }
        if (priority === 2 && refused) table.delete({ match });
        for (let i = model.length - 1; i >= 0; i--) if (model[i]!.row < 0) model.splice(i, 1);
      }
    }),
    { numRuns: scaled(500) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
});

test("a search visits each flow that was there and stays, once, whatever else comes and goes meanwhile", () => {
  const added = fc.tuple(matches, small);
  const during = fc.array(fc.record({ op: fc.constantFrom("add", "delete", "strict"), match: matches, priority: small }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(fc.array(added, { maxLength: 60 }), during, matches, (before, changes, wanted) => {
      const table = new FlowTable({ clock: new ManualClock() });
      for (const [match, priority] of before) table.add(flow(match, { priority }));
      const match = Match.of(wanted);
      const start = [...table.flows()].filter((f) => covers(match, f.match));
      const visited: Flow[] = [];
      const gone = new Set<Flow>();
      for (const found of table.visit({ match })) {
        if (found !== undefined) {
          expect(found.row).toBeGreaterThanOrEqual(0);
          visited.push(found);
        }
        const change = changes.pop();
        if (change === undefined) continue;
        const other = Match.of(change.match);
        const strict = change.op === "strict" && { strictPriority: change.priority };
        if (change.op === "add") table.add(flow(other, { priority: change.priority }));
        else for (const f of table.select({ match: other, ...strict })) gone.add(f);
        if (change.op !== "add") table.delete({ match: other, ...strict });
      }
      expect(new Set(visited).size).toBe(visited.length);
      expect(start).toEqual(expect.arrayContaining(visited));
      for (const f of start) if (!gone.has(f)) expect(visited).toContain(f);
    }),
    { numRuns: scaled(500) },
  );
});

test("a search in many rows goes on behind the flow where it stopped, also when the rows have moved", () => {
  const table = new FlowTable({ clock: new ManualClock() });
  const flows = Array.from({ length: 10_000 }, (_, n) => table.add(flow({ ethDst: n })));
  const visited = new Set<Flow>();
  for (const found of table.visit({})) {
    if (found === undefined) continue;
    visited.add(found);
    // what was visited goes: holes are closed again and again
    table.delete({ match: found.match });
    const other = flows[9_999 - visited.size]!;
    if (visited.size % 3 === 0 && !visited.has(other)) table.delete({ match: other.match });
    if (visited.size % 5 === 0) table.add(flow({ ethDst: 20_000 + visited.size }));
  }
  const left = [...table.flows()];
  expect(left.every((f) => f.match.ethDst! >= 20_000)).toBe(true);
  expect(visited.size).toBeGreaterThan(6_000);
  expect(flows.every((f) => f.row < 0)).toBe(true);
});

test("a thousand masks of one priority are searched in bounded time, and one high one ends the search", () => {
  const table = new FlowTable({ clock: new ManualClock() });
  for (let i = 1; i <= 1000; i++) table.add(flow({ ethType: 0x0800, ipv4Src: masked(0xffffffff, i) }, { priority: 1 }));
  const miss = (n: number) => wordsOf({ inPort: 1, ethType: 0x0800, ipv4Src: 0, ipv4Dst: n });
  const began = performance.now();
  for (let n = 0; n < 1000; n++) table.lookup(miss(n));
  expect(performance.now() - began).toBeLessThan(5000);
  const top = table.add(flow({ inPort: 1 }, { priority: 2 }));
  expect(table.lookup(miss(1))).toBe(top);
});
