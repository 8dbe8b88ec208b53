import fc from "fast-check";
import { expect, test } from "vitest";
import { HostTable } from "../../src/apps/host-table.js";

const MAX = 8;
const mac = fc.integer({ min: 1, max: 12 });
// reserved ports too, which are larger than 16 bits
const port = fc.constantFrom(1, 2, 3, 0xfffffffe);
const step = fc.oneof(
  fc.record({ do: fc.constant("learn" as const), mac, port }),
  fc.record({ do: fc.constant("delete" as const), mac }),
  fc.record({ do: fc.constant("forget" as const), port }),
  fc.record({ do: fc.constant("victim" as const) }),
  fc.record({ do: fc.constant("clear" as const) }),
);

test("it does what a Map does whose entries of one port are deleted together", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new HostTable(MAX);
      const model = new Map<number, number>();
      for (const s of steps) {
        if (s.do === "learn") {
          const before = table.size;
          if (table.learn(s.mac, s.port)) model.set(s.mac, s.port);
          else expect([before, model.has(s.mac)]).toEqual([MAX, false]);
        } else if (s.do === "delete") {
          table.delete(s.mac);
          model.delete(s.mac);
        } else if (s.do === "forget") {
          const gone = [...model].filter(([, p]) => p === s.port);
          // that a port was known whose hosts were all deleted is not told apart
          if (gone.length > 0) expect(table.forgetPort(s.port)).toBe(true);
          else table.forgetPort(s.port);
          for (const [m] of gone) model.delete(m);
        } else if (s.do === "victim") {
          const victim = table.victim();
          expect(victim === undefined).toBe(table.size === 0);
          if (victim !== undefined) {
            table.delete(victim);
            model.delete(victim);
          }
        } else {
          table.clear();
          model.clear();
        }
        for (let m = 1; m <= 12; m++) expect(table.portOf(m)).toBe(model.get(m));
        expect(table.size).toBeGreaterThanOrEqual(model.size);
        expect(table.size).toBeLessThanOrEqual(MAX);
      }
    }),
  );
});

test("a port is forgotten without a look at what was learnt there, and what is forgotten makes room again", () => {
  const table = new HostTable(1000);
  for (let m = 1; m <= 1000; m++) table.learn(m, 1);
  expect(table.forgetPort(1)).toBe(true);
  // the entries stand there still, at a place that is closed
  expect(table.size).toBe(1000);
  expect(table.portOf(1)).toBeUndefined();
  expect(table.forgetPort(1)).toBe(false);
  for (let m = 2001; m <= 3000; m++) {
    while (!table.learn(m, 2)) table.delete(table.victim()!);
  }
  expect(table.size).toBe(1000);
  expect(table.portOf(3000)).toBe(2);
});
