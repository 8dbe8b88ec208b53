/** The protocol API, method by method, with a real Open vSwitch: OpenFlow 1.0 and 1.3, with Nicira's extensions and without. */
import { afterAll, beforeAll, expect } from "vitest";
import { Controller, type Datapath, type DuplicatePolicy } from "../src/controller/mod.js";
import {
  apply,
  ControllerRole,
  DescReply,
  DescRequest,
  EchoReply,
  EchoRequest,
  Experimenter,
  FlowMod,
  FlowModCommand,
  FlowModFlags,
  FlowRemovedReason,
  FlowStatsReply,
  FlowStatsRequest,
  GotoTable,
  GroupMod,
  GroupModCommand,
  Match,
  Output,
  PacketInFormat,
  PacketInReason,
  PortNo,
  PortStatsReply,
  PortStatsRequest,
  SetPacketInFormat,
} from "../src/ofp/mod.js";
import { ArpOp, buildArp } from "../src/packet/mod.js";
import { BulkError, OpenFlowError } from "../src/vconn/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { eventually } from "./harness/wait.js";

const { describe, test } = withPeers(["ovs-vswitchd"]);
const ARP = buildArp({ op: ArpOp.Request, sha: 0x020000000001, spa: 0x0a000001, tpa: 0x0a000002 });
const flow = (priority: number, more: object = {}): FlowMod => FlowMod.of({ priority, match: Match.of({ inPort: priority }), ...more });

let ovs: OpenVswitch;
beforeAll(async () => {
  ovs = await OpenVswitch.start();
});
afterAll(async () => {
  await ovs?.stop();
});

let bridges = 0;
const port = (listener: { readonly name: string }): string => `tcp:127.0.0.1:${listener.name.split(":")[1]}`;

for (const [version, protocol] of [
  [1, "OpenFlow10"],
  [4, "OpenFlow13"],
] as const) {
  for (const nicira of [true, false]) {
    describe(`${protocol}, Nicira's extensions ${nicira ? "on" : "off"}`, () => {
      let controller: Controller;
      let dp: Datapath;
      const early: string[] = [];
      const bridge = `br${bridges++}`;
      const p = `${bridge}p`;

      beforeAll(async () => {
        controller = new Controller({ nicira });
        controller.on("presetup", (m) => early.push(m.type));
        const ups = controller.events("up");
        const listener = await controller.listen("ptcp:0:127.0.0.1");
        await ovs.addBridge(bridge, { protocols: [protocol], dpid: BigInt(0x50 + bridges) });
        await ovs.addPort(bridge, `${p}1`, { ofport: 1 });
        await ovs.vsctl("set-controller", bridge, port(listener));
        [dp] = (await ups.next()).value!;
        await ups.return();
      });
      afterAll(async () => {
        await controller.close();
      });

      test("set-up: what the switch is, by messages that presetup shows", () => {
        expect(dp.version).toBe(version);
        expect([dp.auxiliaryId, dp.tables > 0, dp.capabilities > 0, dp.nicira]).toEqual([0, true, true, nicira]);
        expect(dp.ports.get(1)?.name).toBe(`${p}1`);
        expect(early).toContain("features-reply");
        expect(early.includes("port-desc-reply")).toBe(version === 4);
      });

      test("query and queryMultipart", async () => {
        const desc = await dp.query(DescRequest.of());
        expect(DescReply.is(desc)).toBe(true);
        const echo = await dp.query(EchoRequest.of({ data: new Uint8Array([1, 2, 3]) }));
        expect(EchoReply.is(echo) && [...echo.data]).toEqual([1, 2, 3]);
        const [stats] = await dp.queryMultipart(PortStatsRequest.of({ portNo: PortNo.Any }));
        expect(PortStatsReply.is(stats) && stats.ports.length).toBeGreaterThanOrEqual(2);
        const error = (await dp
          .query(Experimenter.of({ experimenter: 0xdead, data: new Uint8Array(4) }))
          .catch((e: unknown) => e)) as OpenFlowError;
        expect(error).toBeInstanceOf(OpenFlowError);
        expect([error.datapath, error.request.type, error.xid > 0]).toEqual([dp.id, "experimenter", true]);
      });

      test("send: what is answered comes as a response of its transaction id", async () => {
        await using errors = dp.events("response", { isError: true });
        const xid = dp.send(Experimenter.of({ experimenter: 0xdead, data: new Uint8Array(4) }));
        const [error] = (await errors.next()).value!;
        expect([error.type, error.xid]).toEqual(["error", xid]);
      });

      test("batch: a result for each request, the first error with all of them", async () => {
        const bad =
          version === 1
            ? flow(7, { instructions: [apply(Output.of({ port: PortNo.Any }))] })
            : flow(7, { instructions: [GotoTable.of({ tableId: 0 })] });
        const requests = [flow(5), DescRequest.of(), bad, flow(6)];
        const results = await dp.batch(requests, { raiseOnError: false });
        expect(results.map(({ outcome }) => outcome)).toEqual(["done", "replied", "refused", "done"]);
        expect(results.map(({ request }) => request)).toEqual(requests);
        await expect(dp.batch(requests)).rejects.toMatchObject({
          code: "ERR_OPENFLOW",
          datapath: dp.id,
          request: bad,
          result: [{ outcome: "done" }, { outcome: "replied" }, { outcome: "refused" }, { outcome: "done" }],
        });
        const many = await dp.batch(Array.from({ length: 1000 }, (_, i) => flow(100 + i)));
        expect(many.every(({ outcome }) => outcome === "done")).toBe(true);
        const flows: number[] = [];
        for await (const { priority } of dp.dumpFlows()) if (priority >= 100) flows.push(priority);
        expect(flows.length).toBe(1000);
        const parts = await dp.queryMultipart(FlowStatsRequest.of());
        expect(parts.flatMap((m) => (FlowStatsReply.is(m) ? m.flows : [])).length).toBeGreaterThanOrEqual(1002);
        await dp.batch([FlowMod.of({ command: FlowModCommand.Delete })]);
      });

      test("packet-ins and flow-removed come to listeners, loops and matches", async () => {
        const cookie = 0xabc0n;
        const flags = FlowModFlags.SendFlowRem;
        await dp.batch([
          FlowMod.of({ cookie, flags, match: Match.of({ ethType: 0x806 }), instructions: [apply(Output.of({ port: PortNo.Controller }))] }),
        ]);
        await using packets = controller.events("packet-in", {
          datapath: dp.id,
          ...(version === 4 ? { cookie: 0xab00n, cookieMask: 0xff00n } : {}),
        });
        await using none = controller.events("packet-in", { tableId: 99 });
        await ovs.receive(`${p}1`, ARP);
        const [packet, from] = (await packets.next()).value!;
        expect([packet.inPort, packet.reason, packet.data.length, from.datapath.id]).toEqual([1, PacketInReason.Action, ARP.length, dp.id]);
        await using removed = dp.events("flow-removed", { cookie });
        await dp.batch([FlowMod.of({ command: FlowModCommand.Delete })]);
        const [gone] = (await removed.next()).value!;
        expect(gone.reason).toBe(FlowRemovedReason.Delete);
        expect(none.queued).toBe(0);
      });

      test("experimenter: Nicira's packet-ins, which tell table and cookie in every version", async () => {
        await dp.batch([
          SetPacketInFormat.of({ packetInFormat: PacketInFormat.Nxt }),
          FlowMod.of({ cookie: 0x77n, instructions: [apply(Output.of({ port: PortNo.Controller }))] }),
        ]);
        await using packets = dp.events("packet-in", { cookie: 0x77n, tableId: 0 });
        await using experimenter = dp.events("experimenter", { experimenter: 0x2320, expType: 17 });
        await ovs.receive(`${p}1`, ARP);
        expect((await packets.next()).value?.[0].inPort).toBe(1);
        expect((await experimenter.next()).value?.[0].type).toBe("packet-in");
        await dp.batch([SetPacketInFormat.of(), FlowMod.of({ command: FlowModCommand.Delete })]);
      });

      test("bundle", async () => {
        if (version === 1) {
          await expect(dp.bundle([flow(1)])).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
          return;
        }
        expect(await dp.bundle([flow(1), flow(2)])).toMatchObject({ outcome: "applied", errors: [] });
        const bad = GroupMod.of({ command: GroupModCommand.Modify, groupId: 12345 });
        const all = [FlowMod.of({ command: FlowModCommand.Delete }), bad];
        await expect(dp.bundle(all)).rejects.toMatchObject({ reason: "OFPGMFC_UNKNOWN_GROUP", bundle: { outcome: "rejected" } });
        expect((await dp.bundle(all, { raiseOnError: false })).outcome).toBe("rejected");
        let left = 0;
        for await (const _ of dp.dumpFlows()) left++;
        expect(left).toBe(2);
        await dp.batch([FlowMod.of({ command: FlowModCommand.Delete })]);
      });

      test("role", async () => {
        if (version === 1 && !nicira) {
          await expect(dp.role(ControllerRole.Primary)).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
          return;
        }
        expect((await dp.role(ControllerRole.Primary, 10n)).role).toBe(ControllerRole.Primary);
        if (version === 4) {
          await expect(dp.role(ControllerRole.Secondary, 9n)).rejects.toMatchObject({ reason: "OFPRRFC_STALE" });
          expect(await dp.role(ControllerRole.NoChange)).toEqual({ role: ControllerRole.Primary, generationId: 10n });
        }
        expect((await dp.role(ControllerRole.Equal, 11n)).role).toBe(ControllerRole.Equal);
      });

      test("async config", async () => {
        if (version === 1 && !nicira) {
          await expect(dp.setAsyncConfig({ packetIn: 0 })).rejects.toMatchObject({ code: "ERR_UNSUPPORTED" });
          return;
        }
        await dp.setAsyncConfig({ packetIn: 0, portStatus: 7 });
        if (version === 4) expect(await dp.asyncConfig()).toMatchObject({ packetIn: 0, portStatus: 7 });
        await dp.batch([FlowMod.of({ instructions: [apply(Output.of({ port: PortNo.Controller }))] })]);
        let packets = 0;
        const end = dp.on("packet-in", () => packets++);
        await ovs.receive(`${p}1`, ARP);
        await dp.barrier();
        await using ports = dp.events("port-status");
        await ovs.addPort(bridge, `${p}2`, { ofport: 2 });
        await ports.next();
        expect(packets).toBe(0);
        end();
      });

      test("an app that is unloaded leaves nothing behind, and a signal ends what waits", async () => {
        const app = controller.use((c) => {
          c.datapaths.get(dp.id)!.on("packet-in", () => {});
        });
        const waits = app.datapaths.get(dp.id)!.queryMultipart(FlowStatsRequest.of());
        app.unload();
        await expect(waits).rejects.toMatchObject({ code: "ERR_ABORTED" });
        const error = await dp.batch([flow(1)], { signal: AbortSignal.abort() }).catch((e: unknown) => e);
        expect([error instanceof BulkError || (error as { code: string }).code === "ERR_ABORTED"]).toEqual([true]);
        await dp.barrier();
      });

      test("down: whoever waits is told, and the switch that comes back is another datapath", async () => {
        await using downs = controller.events("down");
        await using ups = controller.events("up");
        const waits = dp.barrier();
        await dp.close();
        await waits.catch((e: { code: string }) => expect(e.code).toBe("ERR_CLOSED"));
        expect((await downs.next()).value).toEqual([dp, null]);
        const [again] = (await ups.next()).value!;
        expect(again).not.toBe(dp);
        expect(again.id).toBe(dp.id);
        await again.barrier();
        await ovs.setControllers(bridge, []);
        await downs.next();
      });
    });
  }
}

describe("one datapath id twice", () => {
  const cases: readonly (readonly [DuplicatePolicy, number])[] = [
    ["reject", 0],
    ["oldest", 0],
    ["newest", 1],
  ];
  for (const [duplicates, kept] of cases) {
    test(duplicates, async () => {
      const bridge = `dup${bridges++}`;
      const lines: string[] = [];
      await using controller = new Controller({ duplicates, log: (level, text) => level === "warn" && lines.push(text) });
      const ups = controller.events("up");
      const listeners = [await controller.listen("ptcp:0:127.0.0.1"), await controller.listen("ptcp:0:127.0.0.1")];
      await ovs.addBridge(bridge, { protocols: ["OpenFlow13"] });
      await ovs.vsctl("set-controller", bridge, port(listeners[0]!));
      const [first] = (await ups.next()).value!;
      await ovs.vsctl("set-controller", bridge, ...listeners.map(port));
      await eventually(() => lines.length > 0, { what: "a line about the second connection" });
      expect(lines[0]).toMatch(/has the same datapath id/);
      expect(first.connected).toBe(kept === 0);
      expect(controller.datapaths.size).toBe(1);
      await ovs.vsctl("del-controller", bridge);
    });
  }
});
