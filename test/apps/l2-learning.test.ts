/** The learning application with our switch: hosts that move while others send to them without a pause. */
import { afterEach, describe, expect, test } from "vitest";
import { learn } from "../../src/apps/l2-learning.js";
import { l2Learning } from "../../src/apps/mod.js";
import { Controller } from "../../src/controller/mod.js";
import {
  apply,
  ErrorMessage,
  encodeMessage,
  FlowMod,
  FlowModCommand,
  FlowStatsRequest,
  Match,
  Output,
  PacketIn,
  PacketOut,
  Port as PortDescription,
  PortStatus,
  SetConfig,
} from "../../src/ofp/mod.js";
import type { Version } from "../../src/schema/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Switch } from "../../src/switch/mod.js";
import { FakeSwitch } from "../controller/fake-switch.js";
import { frame, Station } from "../switch/station.js";
import { until } from "../until.js";

const MAC = 0x020000000000;
const [A, B, C] = [MAC + 1, MAC + 2, MAC + 3];

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe.each<[string, Version]>([
  ["1.0", 1],
  ["1.3", 4],
])("OpenFlow %s", (_name, version) => {
  const net = () => {
    const sw = new Switch({ datapathId: 1n, versions: [version] });
    const ports = Array.from({ length: 5 }, () => sw.addPort());
    ends.push(() => sw.close());
    const errors: string[] = [];
    const serve = async (maxHosts?: number): Promise<Controller> => {
      const controller = new Controller({ versions: [version], log: (level, text) => level === "error" && errors.push(text) });
      ends.push(() => {
        expect(errors).toEqual([]);
        return controller.close();
      });
      controller.use(maxHosts === undefined ? l2Learning : (c) => learn(c, maxHosts));
      const [here, there] = pipe();
      sw.attach(there);
      controller.accept(here);
      await until(() => controller.datapaths.size === 1);
      return controller;
    };
    const flows = () => [...sw.tables[0]!.flows()].filter((f) => f.priority !== 0);
    /** Sends from A to B without a pause. */
    const traffic = (a: Station, to: number): void => {
      const timer = setInterval(() => a.say(to), 1);
      ends.push(() => clearInterval(timer));
    };
    const reached = (s: Station, more = 20): Promise<void> => {
      const from = s.heard;
      return until(() => s.heard >= from + more);
    };
    /** A and B at ports 1 and 2 talk, and A goes on without a pause. */
    const talking = async (maxHosts?: number) => {
      const controller = await serve(maxHosts);
      const [a, b] = [new Station(A), new Station(B)];
      a.plug(ports[0]!);
      b.plug(ports[1]!);
      await settle();
      a.say(B);
      await until(() => b.heard > 0);
      b.say(A);
      await until(() => a.heard > 0);
      traffic(a, B);
      await until(() => flows().length === 2);
      await reached(b);
      return { controller, a, b };
    };
    return { sw, ports, serve, flows, traffic, reached, talking };
  };

  test("a host that is unplugged and plugged in elsewhere is reached, though it says nothing", async () => {
    const { ports, reached, talking } = net();
    const { b } = await talking();
    for (const to of [2, 3, 1, 2]) {
      b.unplug();
      b.plug(ports[to]!);
      await reached(b);
    }
  });

  test("a host whose port was removed is reached elsewhere", async () => {
    const { sw, ports, reached, talking } = net();
    const { b } = await talking();
    b.unplug();
    sw.removePort(2);
    b.plug(ports[3]!);
    await reached(b);
  });

  test("a host that moves behind other switches, where no link goes down, and back again", async () => {
    const { ports, reached, talking, flows } = net();
    const { b } = await talking();
    // B is heard behind port 3, then behind port 2 again, where its flow to A stood before
    const far = new Station(B);
    far.plug(ports[2]!);
    await settle();
    far.say(A);
    await reached(far);
    b.say(A);
    await reached(b);
    far.say(A);
    await reached(far);
    await until(() => flows().length === 2);
  });

  test("flows of an earlier life of the application go when the switch comes, those of others stay", async () => {
    const { sw, ports, reached, talking, serve, flows } = net();
    const { controller, b } = await talking();
    const dp = controller.datapaths.get(1n)!;
    dp.send(FlowMod.of({ match: Match.of({ ethDst: C }), cookie: 77n, instructions: [apply(Output.of({ port: 4 }))] }));
    await dp.barrier();
    await controller.close();
    b.unplug();
    b.plug(ports[3]!);
    expect(flows()).toHaveLength(3);
    await serve();
    await reached(b);
    await until(() => !flows().some((f) => f.cookie !== 77n));
    expect(flows().map((f) => f.cookie)).toEqual([77n]);
    expect(sw.ports).toHaveLength(5);
  });

  test("a host that is dropped from a full table leaves no flow behind", async () => {
    const { ports, talking, flows } = net();
    const { b } = await talking(4);
    const crowd = new Station(C);
    crowd.plug(ports[4]!);
    await settle();
    // B is silent, so that it is dropped sooner or later
    for (let i = 0; i < 40; i++) crowd.port.send(frame(MAC + 100 + i, MAC + 99));
    const toB = () => flows().some((f) => f.match.ethDst === B);
    await until(() => !toB());
    expect(b.heard).toBeGreaterThan(0);
  });

  test("a refused flow-mod: hosts reach each other still, and flows are made again later", async () => {
    const sw = new Switch({ datapathId: 1n, versions: [version], maxFlows: 1 });
    ends.push(() => sw.close());
    const controller = new Controller({ versions: [version] });
    ends.push(() => controller.close());
    controller.use(l2Learning);
    const [here, there] = pipe();
    sw.attach(there);
    controller.accept(here);
    await until(() => controller.datapaths.size === 1);
    const [a, b] = [new Station(A), new Station(B)];
    a.plug(sw.addPort());
    b.plug(sw.addPort());
    await settle();
    for (let i = 0; i < 10; i++) {
      const [heardA, heardB] = [a.heard, b.heard];
      // with a buffered packet the first one behind a refusal is lost: hosts try again
      await until(() => {
        a.say(B);
        b.say(A);
        return a.heard > heardA && b.heard > heardB;
      });
    }
  });
});

describe("what is sent to a switch, message by message", () => {
  const VERSION: Version = 4;
  const connected = async () => {
    const controller = new Controller();
    controller.use(l2Learning);
    const sw = new FakeSwitch(controller, VERSION);
    await sw.setUp();
    ends.push(async () => {
      sw.wire.stream.destroy();
      await controller.close();
    });
    await sw.take(SetConfig);
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Delete, cookieMask: 0xffffffffffffffffn });
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Add, priority: 0 });
    const packetIn = (inPort: number, from: number, to: number): void =>
      sw.send(PacketIn.of({ bufferId: 0xffffffff, match: Match.of({ inPort }), data: frame(from, to) }));
    /** Has A and B learnt at ports 1 and 2. @returns the flow-mod */
    const learnt = async (): Promise<FlowMod> => {
      packetIn(1, A, B);
      await sw.take(PacketOut);
      packetIn(2, B, A);
      const made = await sw.take(FlowMod);
      await sw.take(PacketOut);
      return made;
    };
    return { sw, packetIn, learnt };
  };
  const excerpt = (m: FlowMod, bytes: number): Uint8Array => encodeMessage(m, VERSION).slice(0, bytes);
  /** The same whose version and type were changed on its way. */
  const garbled = (m: FlowMod): Uint8Array => Uint8Array.of(0xff, 0xff, ...excerpt(m, 64).subarray(2));

  test.each<[string, (made: FlowMod) => Uint8Array]>([
    ["64 bytes of the flow-mod", (m) => excerpt(m, 64)],
    ["20 bytes of it", (m) => excerpt(m, 20)],
    ["8 bytes of it", (m) => excerpt(m, 8)],
    ["nothing of it", () => new Uint8Array()],
    ["it as it came, which is no flow-mod any more", garbled],
  ])("an error with %s: all flows go, everything is forgotten, packets are flooded until learnt again", async (_what, data) => {
    const { sw, packetIn, learnt } = await connected();
    const made = await learnt();
    sw.send(ErrorMessage.of({ errType: 5, code: 0, data: data(made) }));
    await sw.take(SetConfig);
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Delete, cookie: made.cookie });
    await sw.take(FlowMod);
    packetIn(2, B, A);
    expect((await sw.take(PacketOut)).actions).toEqual([Output.of({ port: 0xfffffffb })]);
    packetIn(1, A, B);
    // learnt again, but no flow is made for a while
    expect((await sw.take(PacketOut)).actions).toEqual([Output.of({ port: 2 })]);
  });

  test("a frame to an address of a protocol between neighbours is neither learnt from nor sent on", async () => {
    const { sw, packetIn } = await connected();
    packetIn(1, A, 0x0180c2000000);
    packetIn(1, A, 0x0180c200000e);
    packetIn(2, B, A);
    // the answer to the third: A is not known
    expect(await sw.take(PacketOut)).toMatchObject({ inPort: 2, actions: [Output.of({ port: 0xfffffffb })] });
    // the address behind them is an ordinary one
    packetIn(1, A, 0x0180c2000010);
    expect(await sw.take(PacketOut)).toMatchObject({ inPort: 1, actions: [Output.of({ port: 0xfffffffb })] });
  });

  test("a group address as a source is not learnt: frames to the group go to everybody", async () => {
    const { sw, packetIn } = await connected();
    const GROUP = 0x01005e000001;
    packetIn(1, GROUP, B);
    await sw.take(PacketOut);
    packetIn(2, B, GROUP);
    expect(await sw.take(PacketOut)).toMatchObject({ inPort: 2, actions: [Output.of({ port: 0xfffffffb })] });
  });

  test.each([
    ["a buffer that is gone", 1, 8],
    ["a full table", 5, 1],
  ])("the flow that sends misses to the controller is refused for %s: it is sent again", async (_what, errType, code) => {
    const { sw, learnt } = await connected();
    const made = await learnt();
    sw.send(ErrorMessage.of({ errType, code, data: excerpt(FlowMod.of({ priority: 0, cookie: made.cookie + 1n }), 64) }));
    await sw.take(SetConfig);
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Delete });
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Add, priority: 0, cookie: made.cookie + 1n });
  });

  test("errors without end are answered by no flood of repairs", async () => {
    const { sw, learnt } = await connected();
    const made = await learnt();
    for (let i = 0; i < 100; i++) sw.send(ErrorMessage.of({ errType: 5, code: 0, data: excerpt(made, 64) }));
    for (let i = 0; i < 5; i++) await settle();
    expect(sw.wire.messages).toHaveLength(3);
  });

  test("a full table: no flow is made for a while, nothing else is changed", async () => {
    const { sw, packetIn, learnt } = await connected();
    const made = await learnt();
    sw.send(ErrorMessage.of({ errType: 5, code: 1, data: excerpt(made, 64) }));
    packetIn(1, A, B);
    expect((await sw.take(PacketOut)).actions).toEqual([Output.of({ port: 2 })]);
  });

  test.each<[string, (made: FlowMod) => ErrorMessage]>([
    ["of a packet-out", () => ErrorMessage.of({ errType: 2, code: 4, data: encodeMessage(PacketOut.of({ inPort: 1 }), VERSION) })],
    ["of another's flow-mod", () => ErrorMessage.of({ errType: 5, code: 0, data: excerpt(FlowMod.of({ cookie: 5n }), 64) })],
    ["of a packet that is gone", (made) => ErrorMessage.of({ errType: 1, code: 8, data: excerpt(made, 64) })],
  ])("an error %s changes nothing", async (_what, error) => {
    const { sw, packetIn, learnt } = await connected();
    sw.send(error(await learnt()));
    packetIn(1, A, B);
    await sw.take(FlowMod);
  });

  test("a port that goes down: flows to it and from it go, once, and a packet from before is not learnt", async () => {
    const { sw, packetIn, learnt } = await connected();
    await learnt();
    const down = PortStatus.of({ reason: 2, port: PortDescription.of({ portNo: 2, state: 1 }) });
    sw.send(down);
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Delete, outPort: 2 });
    expect((await sw.take(FlowMod)).match.inPort).toBe(2);
    for (let i = 0; i < 100; i++) sw.send(down);
    packetIn(2, B, A);
    await sw.take(PacketOut);
    packetIn(1, A, B);
    expect((await sw.take(PacketOut)).actions).toEqual([Output.of({ port: 0xfffffffb })]);
  });

  test("a port that is removed: a packet from before is not learnt, until the port is added again", async () => {
    const { sw, packetIn, learnt } = await connected();
    await learnt();
    const status = (reason: number) => PortStatus.of({ reason, port: PortDescription.of({ portNo: 2 }) });
    sw.send(status(1));
    expect(await sw.take(FlowMod)).toMatchObject({ command: FlowModCommand.Delete, outPort: 2 });
    expect((await sw.take(FlowMod)).match.inPort).toBe(2);
    packetIn(2, B, A);
    expect((await sw.take(PacketOut)).actions).toEqual([Output.of({ port: 1 })]);
    packetIn(1, A, B);
    expect((await sw.take(PacketOut)).actions).toEqual([Output.of({ port: 0xfffffffb })]);
    // as many others removed as are kept in mind change nothing for a port that is there
    sw.send(status(0));
    for (let portNo = 10; portNo < 1100; portNo++) sw.send(PortStatus.of({ reason: 1, port: PortDescription.of({ portNo }) }));
    packetIn(2, B, A);
    expect((await sw.take(FlowMod)).match.inPort).toBe(2);
    await sw.take(PacketOut);
    packetIn(1, A, B);
    expect((await sw.take(FlowMod)).match.inPort).toBe(1);
  });

  test("OpenFlow 1.0: flows of an earlier life are found by their cookie", async () => {
    const controller = new Controller();
    controller.use(l2Learning);
    const sw = new FakeSwitch(controller, 1);
    await sw.setUp();
    await sw.take(SetConfig);
    await sw.take(FlowStatsRequest);
    sw.wire.stream.destroy();
    await controller.close();
  });
});
