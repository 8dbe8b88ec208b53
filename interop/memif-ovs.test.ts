/** Ports of memif: hosts and switches of ours behind the bridge of an Open vSwitch with DPDK, and DPDK behind a switch of ours. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { l2Learning } from "../src/apps/mod.js";
import { parseIpv4 } from "../src/bytes/mod.js";
import { Controller } from "../src/controller/mod.js";
import { type Interface, MemifClient, MemifServer, openMemifPort, parseMemifPort, plugInto, registerMemif } from "../src/memif/mod.js";
import { Host, link, Switch } from "../src/switch/mod.js";
import { OvsDpdk } from "./harness/ovs-dpdk.js";
import { withPeers } from "./harness/peers.js";
import { Testpmd } from "./harness/testpmd.js";
import { eventually } from "./harness/wait.js";

const PATIENCE = { timeout: 30_000 };

/** A host with the address 192.0.2.N. */
const host = (n: number): Host => new Host({ name: `h${n}`, mac: 0x0200_0000_0000 + n, ip: parseIpv4(`192.0.2.${n}`) });

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "southbound-memif-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Plugs an interface into a host for the time of the test, and waits until it is connected. */
async function behind(end: Interface, n: number): Promise<Host> {
  const h = host(n);
  plugInto(h.port, end);
  onTestFinished(() => end.close());
  await end.connected({ signal: AbortSignal.timeout(30_000) });
  return h;
}

const peers = withPeers(["ovs-dpdk"]);
peers.describe("Open vSwitch with DPDK", () => {
  peers.test(
    "carries pings between a client of one port and a server of another",
    async () => {
      const dir = folder();
      const ovs = await OvsDpdk.start();
      const [left, right] = [join(dir, "left.sock"), join(dir, "right.sock")];
      const server = new MemifServer({ socket: right });
      const client = new MemifClient({ socket: left, receiveQueues: 2 });
      await ovs.addPort("left", { role: "server", socket: left });
      await ovs.addPort("right", { role: "client", socket: right });
      const [a, b] = await Promise.all([behind(client, 1), behind(server, 2)]);
      expect(await a.ping(b.ip, PATIENCE)).toMatchObject({ bytes: 64, ttl: 64 });
      expect(await b.ping(a.ip, { ...PATIENCE, size: 1400 })).toMatchObject({ bytes: 1408 });
      for (let i = 0; i < 50; i++) await a.ping(b.ip, PATIENCE);
      expect(a.port.counters).toMatchObject({ txDropped: 0 });
      // The packets of its polling thread leave on the second queue.
      expect(client.rx[1]!.packets).toBeGreaterThan(0);
      expect((await ovs.statistics("left")).tx_dropped).toBe(0);
    },
    60_000,
  );
});

const dpdk = withPeers(["dpdk-testpmd"]);
dpdk.describe("a port of our switch", () => {
  for (const role of ["client", "server"] as const)
    dpdk.test(
      `as the ${role}: a host behind the switch pings DPDK, with a controller that is reached by memif as well`,
      async () => {
        const dir = folder();
        registerMemif();
        await using controller = new Controller();
        controller.use(l2Learning);
        await controller.listen(`pmemif:${dir}/openflow.sock`);
        await using sw = new Switch({ datapathId: 7n });
        const near = host(1);
        link(sw.addPort(), near.port);
        const end = openMemifPort(parseMemifPort(`memif:${dir}/port.sock?role=${role}&id=3&secret=geheim`));
        onTestFinished(() => end.close());
        const port = sw.addPort({ name: "memif0" });
        plugInto(port, end);
        expect(port.linkUp).toBe(false);
        sw.connect(`memif:${dir}/openflow.sock`);
        const other = role === "client" ? "server" : "client";
        const testpmd = await Testpmd.start({ role: other, socket: `${dir}/port.sock`, id: 3, secret: "geheim", forward: "icmpecho" });
        await end.connected({ signal: AbortSignal.timeout(30_000) });
        expect(port.linkUp).toBe(true);
        await testpmd.forward();
        const far = parseIpv4("192.0.2.9");
        await eventually(
          () =>
            near.ping(far, { timeout: 500 }).then(
              () => true,
              () => false,
            ),
          { what: "the first answer" },
        );
        expect(await near.ping(far, { timeout: 30_000, size: 1000 })).toMatchObject({ bytes: 1008 });
        expect(port.counters.rxPackets).toBeGreaterThan(1);
        await testpmd.kill();
        await eventually(() => !port.linkUp, { what: "the end of the link" });
      },
      60_000,
    );
});
