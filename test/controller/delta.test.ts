/**
 * The cases that the DELTA framework tries on controllers (2.1.010 to 2.1.080), played by hand: a controller is to refuse what is wrong by its own name, and no other switch is to notice. Those of
 * TLS (2.1.070 to 2.1.073) are in delta-tls.test.ts.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Controller } from "../../src/controller/mod.js";
import { ErrorMessage, FlowRemoved } from "../../src/ofp/mod.js";
import { MockClock, settle } from "../../src/testing/mock-clock.js";
import { FakeSwitch } from "./fake-switch.js";

let clock: MockClock;
let controller: Controller;
let good: FakeSwitch;
let lines: string[];

beforeEach(async () => {
  clock = new MockClock();
  lines = [];
  controller = new Controller({
    clock,
    duplicates: "reject",
    log: (level, text) => (level === "warn" || level === "error") && lines.push(text),
  });
  good = new FakeSwitch(controller);
  await good.setUp(1n);
  await settle();
});

afterEach(async () => {
  expect(controller.datapaths.get(1n)!.connected).toBe(true);
  expect(good.wire.messages).toEqual([]);
  await controller.close();
  expect(clock.pending).toBe(0);
});

test("2.1.010: a message of another version than the negotiated one is answered with BAD_VERSION", async () => {
  const bad = new FakeSwitch(controller);
  await bad.setUp(2n);
  bad.raw("0112000800000007");
  const error = await bad.wire.next();
  expect(error.slice(16, 24)).toBe("00010000");
  expect(lines).toEqual([expect.stringMatching(/received OpenFlow version 0x01 != expected 04/)]);
});

test("2.1.020: a message of no known type is answered with BAD_TYPE", async () => {
  const bad = new FakeSwitch(controller);
  await bad.setUp(2n);
  bad.raw("0463000800000007");
  const error = await bad.take(ErrorMessage);
  expect([error.xid, error.errType, error.code]).toEqual([7, 1, 1]);
  expect(controller.datapaths.get(2n)!.connected).toBe(true);
});

test("2.1.030: a switch that never says hello is dropped in time", async () => {
  const bad = new FakeSwitch(controller);
  await clock.advance(10_000);
  await bad.wire.end();
  expect(lines).toEqual([expect.stringMatching(/no hello within 10000 ms/)]);
});

test("2.1.040: another message where the hello has to be ends the connection", async () => {
  const bad = new FakeSwitch(controller);
  await bad.wire.next();
  bad.raw("0405000800000001");
  await bad.wire.end();
  expect(lines).toEqual([expect.stringMatching(/received message while expecting hello: OFPT_FEATURES_REQUEST/)]);
});

test("2.1.050: a second main connection of one switch is refused", async () => {
  const second = new FakeSwitch(controller);
  await second.setUp(1n);
  await second.wire.end();
  expect(lines).toEqual([expect.stringMatching(/0000000000000001 .* refused, since pipe#\d+ has the same datapath id/)]);
  expect(controller.connections).toBe(1);
});

test("2.1.060: a flow-removed that nobody asked for is an event like others, and harms nobody", async () => {
  const bad = new FakeSwitch(controller);
  await bad.setUp(2n);
  const seen: string[] = [];
  controller.on("flow-removed", (m, from) => seen.push(`${m.cookie} of ${from.datapath.id}`));
  bad.send(FlowRemoved.of({ cookie: 99n }));
  await settle();
  expect(seen).toEqual(["99 of 2"]);
});

test("2.1.080: an auxiliary connection of a datapath id that has no main connection is dropped in time", async () => {
  const bad = new FakeSwitch(controller);
  await bad.setUp(3n, 1);
  await clock.advance(30_000);
  await bad.wire.end();
  expect(lines).toEqual([expect.stringMatching(/not set up within 30000 ms: its main connection is not there/)]);
  expect(controller.datapaths.has(3n)).toBe(false);
});
