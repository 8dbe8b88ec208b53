/** The reliable connection, dumps and bundles with a real ovs-vswitchd. `RESTARTS=100` kills and restarts it as often. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { apply, FlowMod, FlowModCommand, Match, Output, PacketOut } from "../src/ofp/mod.js";
import { TlsIdentity } from "../src/stream/mod.js";
import { listenVconn, openVconn, Rconn, type Vconn } from "../src/vconn/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { runOk } from "./harness/process.js";
import { eventually } from "./harness/wait.js";

const RESTARTS = Number(process.env.RESTARTS ?? 10);
const peers = withPeers(["ovs-vswitchd", "ovs-ofctl", "openssl"]);
const SOUTHBOUND = fileURLToPath(new URL("../bin/southbound.js", import.meta.url));

const flow = (i: number, outPort = 1): FlowMod =>
  FlowMod.of({
    command: FlowModCommand.Add,
    priority: 1 + (i % 60_000),
    cookie: BigInt(i),
    match: Match.of({ ethType: 0x0800, ipv4Dst: 0x0a000000 + i }),
    instructions: [apply(Output.of({ port: outPort }))],
  });
const handles = (): number =>
  (process as unknown as { _getActiveHandles(): { constructor: { name: string } }[] })
    ._getActiveHandles()
    .filter((h) => ["Socket", "Server"].includes(h.constructor.name)).length;

peers.describe("a real ovs-vswitchd", () => {
  let ovs: OpenVswitch;
  let tcp: string;
  let ssl: string;
  let keys: string;
  let tls: TlsIdentity;
  const file = (name: string): string => join(keys, name);

  /** A switch of its own whose bridge listens on a port, by TLS where that is asked for. */
  async function bridge(name: string, protocols: string[], ...transports: ("tcp" | "ssl")[]): Promise<[OpenVswitch, string[]]> {
    const made = await OpenVswitch.start();
    await made.vsctl("set-ssl", file("sw-privkey.pem"), file("sw-cert.pem"), file("pki/controllerca/cacert.pem"));
    const places = await Promise.all(transports.map(async (t) => `${t}:${await freePort()}:127.0.0.1`));
    await made.addBridge(name, { protocols, controllers: places.map((place) => `p${place}`) });
    return [made, places.map((place) => place.replace(/:(\d+):(.*)/, ":$2:$1"))];
  }

  beforeAll(async () => {
    keys = await mkdtemp(join(tmpdir(), "southbound-"));
    const pki = (...words: string[]) => runOk(process.execPath, [SOUTHBOUND, "pki", ...words], { cwd: keys });
    await pki("init");
    await pki("req+sign", "ctl", "controller");
    await pki("req+sign", "sw", "switch");
    tls = new TlsIdentity({
      privateKey: file("ctl-privkey.pem"),
      certificate: file("ctl-cert.pem"),
      caCert: file("pki/switchca/cacert.pem"),
    });
    let targets: string[];
    [ovs, targets] = await bridge("br0", ["OpenFlow10", "OpenFlow13", "OpenFlow14"], "tcp", "ssl");
    [tcp, ssl] = targets as [string, string];
  });
  afterAll(async () => {
    await ovs?.stop();
    await rm(keys, { recursive: true, force: true });
  });

  const up = (r: Rconn): Promise<true> => eventually(() => r.isConnected, { what: `the connection, which is ${r.state}`, timeout: 30_000 });

  describe.each(["tcp", "ssl", "unix"] as const)("over %s", (transport) => {
    const target = (): string => ({ tcp, ssl, unix: ovs.management("br0") })[transport];
    let rconn: Rconn;
    beforeEach(async () => {
      rconn = new Rconn({ versions: [4], maxBackoff: 1_000, stream: { tls } });
      return () => rconn.close();
    });

    test("connects, and probes keep it", async () => {
      const one = new Rconn({ versions: [1, 4], stream: { tls } });
      one.connect(target());
      await up(one);
      expect(one.version).toBe(4);
      expect(one.vconn!.remote.port).toBe(transport === "unix" ? undefined : Number(target().split(":")[2]));
      await one.vconn!.barrier();
      if (transport === "tcp") {
        // hello, barrier, and a second probe, which is sent only if the first was answered
        await eventually(() => one.packetsSent >= 4, { timeout: 60_000 });
        expect([one.state, one.seqno]).toEqual(["active", 1]);
      }
      await one.close();
      expect(one.state).toBe("void");
    });

    test("dumps some thousand flows, and can leave in the middle", async () => {
      rconn.connect(target());
      await up(rconn);
      const vconn = rconn.vconn!;
      await vconn.transactNoReply(FlowMod.of({ command: FlowModCommand.Delete }));
      const results = await vconn.transactMultiple(Array.from({ length: 5_000 }, (_, i) => flow(i)));
      expect(results.filter((r) => r.error !== null)).toEqual([]);
      const seen = new Set<bigint>();
      for await (const f of vconn.dumpFlows()) seen.add(f.cookie);
      expect(seen.size).toBe(5_000);
      for await (const _ of vconn.dumpFlows()) break;
      await vconn.barrier();
      expect([vconn.waiting, vconn.reading]).toEqual([0, true]);
    });

    test.each([4, 5] as const)(
      "version %s: a bundle of 10,000 flows with a bad one: nothing is done, and it is named; without it all is done",
      async (version) => {
        const vconn = await openVconn(target(), { versions: [version], stream: { tls } });
        await vconn.transactNoReply(FlowMod.of({ command: FlowModCommand.Delete }));
        const mods = Array.from({ length: 10_000 }, (_, i) => flow(i, i === 6_543 ? 0xffff_fff0 : 1));
        const bad = await vconn.bundle(mods);
        expect(bad.outcome).toBe("rejected");
        expect(bad.errors.map((e) => [e.index, e.error.reason])).toContainEqual([6_543, "OFPBAC_BAD_OUT_PORT"]);
        expect(bad.errors.filter((e) => e.index !== undefined).length).toBe(1);
        const count = async (): Promise<number> => {
          let n = 0;
          for await (const _ of vconn.dumpFlows()) n++;
          return n;
        };
        expect(await count()).toBe(0);
        mods[6_543] = flow(6_543);
        expect(await vconn.bundle(mods)).toMatchObject({ outcome: "applied", errors: [] });
        expect(await count()).toBe(10_000);
        await vconn.close();
        expect(vconn.waiting).toBe(0);
      },
    );

    test(
      `killed and restarted ${RESTARTS} times under load: it comes back, nothing waits, nothing leaks`,
      async () => {
        // What a test starts ends with it, so that this one has a switch of its own.
        const [ovs, [place]] = await bridge("br1", ["OpenFlow13"], transport === "ssl" ? "ssl" : "tcp");
        const before = handles();
        const vconns = new Set<Vconn>();
        let settled = 0;
        let asked = 0;
        const all = new Rconn({ versions: [4], maxBackoff: 1_000, stream: { tls }, onVconn: (v) => vconns.add(v) });
        all.connect(transport === "unix" ? ovs.management("br1") : place!);
        let stop = false;
        const load = (async () => {
          while (!stop) {
            const v = all.vconn;
            if (v?.state === "connected") {
              asked += 4;
              const requests = [
                v.barrier(),
                v.transactMultiple(Array.from({ length: 200 }, (_, i) => flow(i))),
                v.bundle([flow(1), flow(2)]),
                v.transactNoReply(flow(7)),
              ];
              for (let i = 0; i < 50; i++) if (all.isConnected) all.send(PacketOut.of({ inPort: 0xffff_fffd, data: new Uint8Array(100) }));
              for (const r of await Promise.allSettled(requests)) {
                settled++;
                if (r.status === "rejected") expect(["ERR_CLOSED", "ENOTCONN"]).toContain((r.reason as { code: string }).code);
              }
            }
            await sleep(1);
          }
        })();
        for (let i = 0; i < RESTARTS; i++) {
          await up(all);
          const { seqno } = all;
          await sleep(20 + Math.random() * 60);
          await ovs.killSwitch();
          await eventually(() => all.seqno > seqno, { what: "the end of the connection" });
          await ovs.startSwitch();
          await up(all);
        }
        stop = true;
        await load;
        expect(settled).toBe(asked);
        await all.close();
        for (const v of vconns) expect([v.state, v.waiting]).toEqual(["disconnected", 0]);
        expect(all.seqno).toBeGreaterThanOrEqual(2 * RESTARTS + 1);
        await eventually(() => handles() <= before + 6, { what: () => `the end of ${handles() - before} sockets` });
      },
      60_000 + RESTARTS * 10_000,
    );
  });

  test("it connects to us, over tcp and unix, and comes back after we end it", async () => {
    for (const at of ["ptcp:0:127.0.0.1", `punix:${ovs.dir}/ours`]) {
      const vconns: Vconn[] = [];
      const listener = await listenVconn(at, { versions: [4], onVconn: (v) => vconns.push(v) });
      const name = at.startsWith("punix:") ? listener.name.slice(1) : `tcp:127.0.0.1:${listener.name.split(":")[1]}`;
      await ovs.setControllers("br0", [name, `ptcp:${tcp.split(":")[2]}:127.0.0.1`]);
      await eventually(() => vconns[0]?.state === "connected");
      await vconns[0]!.barrier();
      await vconns[0]!.close();
      await eventually(() => vconns[1]?.state === "connected", { timeout: 30_000 });
      await vconns[1]!.barrier();
      await ovs.setControllers("br0", [`ptcp:${tcp.split(":")[2]}:127.0.0.1`]);
      await listener.closeAll();
    }
  });
});
