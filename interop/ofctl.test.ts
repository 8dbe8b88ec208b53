/** Our ofctl talks to a real Open vSwitch, and the real ovs-ofctl to our listeners; what is recorded of a real session is what Wireshark reads. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { listen, type Stream } from "../src/stream/mod.js";
import { capturedMessages, Recorder, Vconn } from "../src/vconn/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { type RunResult, run, runOk, start } from "./harness/process.js";
import { eventually } from "./harness/wait.js";

const OFCTL = fileURLToPath(new URL("../bin/ofctl.js", import.meta.url));
const SOUTHBOUND = fileURLToPath(new URL("../bin/southbound.js", import.meta.url));

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl"]);
const wireshark = withPeers(["ovs-vswitchd", "ovs-ofctl", "tshark"]);

/** A frame of a type that is for experiments. */
const PACKET = `02000000000102000000000288b5${"00".repeat(46)}`;

describe("ofctl and Open vSwitch", () => {
  let ovs: OpenVswitch;
  const ours = (...args: string[]): Promise<RunResult> => run(process.execPath, [OFCTL, ...args], { env: ovs.env });
  const theirs = (...args: string[]): Promise<RunResult> => run("ovs-ofctl", args, { env: ovs.env });

  beforeAll(async () => {
    ovs = await OpenVswitch.start();
    await ovs.addBridge("br0", { protocols: ["OpenFlow10", "OpenFlow13", "OpenFlow15"] });
    await ovs.addPort("br0", "p1", { ofport: 1 });
  });
  afterAll(() => ovs?.stop());

  for (const target of ["br0", "dummy@br0", "br0.mgmt"]) {
    test(`probe finds the bridge as ${target}`, async () => {
      expect(await ours("probe", target)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    });
  }

  test("ping prints ten lines like those of ovs-ofctl", async () => {
    const form = (text: string) => text.replace(/xid=[0-9a-f]{8} time=\d+\.\d ms/g, "xid time");
    const [a, b] = [await ours("-O", "OpenFlow13", "ping", "br0", "100"), await theirs("-O", "OpenFlow13", "ping", "br0", "100")];
    expect(form(a.stdout)).toBe(form(b.stdout));
    expect(a.stdout.split("\n")).toHaveLength(11);
    expect(a.status).toBe(0);
  });

  test("benchmark prints what ovs-ofctl prints", async () => {
    const form = (text: string) => text.replace(/Finished in [\d.]+ ms \(\d+ packets\/s\) \(\d+ bytes\/s\)/, "Finished");
    const [a, b] = [await ours("benchmark", "br0", "64", "200"), await theirs("benchmark", "br0", "64", "200")];
    expect(form(a.stdout)).toBe(form(b.stdout));
    expect(a.status).toBe(0);
  });

  test("a version that the bridge does not offer ends as with ovs-ofctl", async () => {
    // whether the peer's hello or its end is seen first is a matter of time
    const form = (text: string) =>
      text
        .trimEnd()
        .split("\n")
        .at(-1)!
        .replace(/^ofctl/, "ovs-ofctl")
        .replace(/\((Broken pipe|Protocol error)\)/, "()");
    const [a, b] = [await ours("-O", "OpenFlow14", "probe", "br0"), await theirs("-O", "OpenFlow14", "probe", "br0")];
    expect(form(a.stderr)).toBe(form(b.stderr));
    expect(form(b.stderr)).toContain("br0: failed to connect to socket");
    expect(a.status).toBe(b.status);
  });

  test("snoop prints what the bridge and its controller say", async () => {
    await using listener = await listen("ptcp:0:127.0.0.1", {
      onStream: (stream) => {
        new Vconn(stream, { versions: [1] });
      },
    });
    await ovs.setControllers("br0", [`tcp:127.0.0.1:${listener.name.split(":")[1]}`]);
    await ovs.waitConnected("br0");
    const program = start(process.execPath, [OFCTL, "--timestamp", "snoop", "br0"], { env: ovs.env });
    await eventually(async () => {
      await ovs.receive("p1", PACKET);
      return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}: OFPT_PACKET_IN \(xid=0x0\):.* in_port=1 \(via no_match\)/m.test(program.output);
    });
    await ovs.setControllers("br0", []);
    await program.stop();
  });
});

describe("ovs-ofctl and our listeners", () => {
  for (const kind of ["ptcp:0:127.0.0.1", "punix:"] as const) {
    test(`probe, ping and benchmark at ${kind}`, async () => {
      const dir = await mkdtemp(join(tmpdir(), "southbound-ofctl-"));
      const vconns: Vconn[] = [];
      await using listener = await listen(kind === "punix:" ? `punix:${dir}/s` : kind, {
        onStream: (stream) => void vconns.push(new Vconn(stream, { versions: [1, 4, 6] })),
      });
      const target = kind === "punix:" ? `unix:${dir}/s` : `tcp:127.0.0.1:${listener.name.split(":")[1]}`;
      try {
        for (const protocol of ["OpenFlow10", "OpenFlow13", "OpenFlow15"]) {
          await runOk("ovs-ofctl", ["-O", protocol, "-t", "10", "probe", target]);
          expect(
            (await runOk("ovs-ofctl", ["-O", protocol, "-t", "10", "ping", target, "1000"])).match(/^1000 bytes from /gm),
          ).toHaveLength(10);
          expect(await runOk("ovs-ofctl", ["-O", protocol, "-t", "10", "benchmark", target, "8", "500"])).toContain("Finished in");
        }
        const refused = await run("ovs-ofctl", ["-O", "OpenFlow12", "-t", "10", "probe", target]);
        expect(refused.status).toBe(1);
        expect(refused.stderr).toContain("failed to connect to socket (Protocol error)");
        await eventually(() => vconns.every((vconn) => vconn.state === "disconnected"));
      } finally {
        await rm(dir, { recursive: true });
      }
    });
  }
});

wireshark.describe("a recorded session", () => {
  let dir: string;
  let file: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "southbound-record-"));
    file = join(dir, "session.pcapng");
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const tshark = (...args: string[]): Promise<string> => runOk("tshark", ["-r", file, "-o", "tcp.check_checksum:TRUE", ...args]);

  for (const protocol of ["OpenFlow10", "OpenFlow13"]) {
    wireshark.test(`of Open vSwitch and a controller, ${protocol}, is whole for tshark, ovs-ofctl and ourselves`, async () => {
      await using ovs = await OpenVswitch.start();
      await ovs.addBridge("br0", { protocols: [protocol] });
      await ovs.addPort("br0", "p1", { ofport: 1 });
      const controller = start(process.execPath, [SOUTHBOUND, "controller", "--listen", "ptcp:0:127.0.0.1"]);
      const at = /ptcp:(\d+)/.exec(await controller.waitForLine(/listening on ptcp:/))![1];
      const record = start(process.execPath, [SOUTHBOUND, "record", "--listen", "ptcp:0:127.0.0.1", "--to", `tcp:127.0.0.1:${at}`, file]);
      const proxy = /ptcp:(\d+)/.exec(await record.waitForLine(/listening on ptcp:/))![1];
      await ovs.setControllers("br0", [`tcp:127.0.0.1:${proxy}`]);
      await controller.waitForLine(/is up with \d+ port/);
      await ovs.waitTableMiss("br0", protocol);
      for (let i = 0; i < 30; i++) await ovs.receive("p1", `02000000000f02000000000${i % 10}88b5${"00".repeat(46)}`);
      await ovs.setControllers("br0", []);
      await eventually(() => record.output.includes("has ended"));
      expect(await record.stop()).toEqual({ status: 0, signal: null });
      expect(record.output).toContain("1 connection recorded");
      await controller.stop();

      expect(await tshark("-Y", "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0")).toBe("");
      const messages = [...capturedMessages(await readFile(file))];
      expect(messages.length).toBeGreaterThan(20);
      const field = protocol === "OpenFlow10" ? "openflow_1_0.type" : "openflow_v4.type";
      const types = (await tshark("-Y", "openflow_v1 || openflow_v4", "-T", "fields", "-e", field)).match(/\d+/g)!.map(Number);
      const count = (of: readonly number[]) => of.toSorted((a, b) => a - b).join(" ");
      const version = protocol === "OpenFlow10" ? 1 : 4;
      expect(count(types)).toBe(count(messages.filter(({ bytes }) => bytes[0] === version).map(({ bytes }) => bytes[1]!)));

      const classic = join(dir, "classic.pcap");
      await runOk("tshark", ["-r", file, "-F", "pcap", "-w", classic]);
      const parsed = await runOk("ovs-ofctl", ["ofp-parse-pcap", classic]);
      expect(await runOk(process.execPath, [OFCTL, "ofp-parse-pcap", classic])).toBe(parsed);
      expect(await runOk(process.execPath, [OFCTL, "ofp-parse-pcap", file])).toBe(parsed);
      const withTime = await runOk("ovs-ofctl", ["--timestamp", "-m", "ofp-parse-pcap", classic]);
      expect(await runOk(process.execPath, [OFCTL, "--timestamp", "-m", "ofp-parse-pcap", classic])).toBe(withTime);

      const again = start(process.execPath, [SOUTHBOUND, "controller", "--listen", "ptcp:0:127.0.0.1"]);
      const there = /ptcp:(\d+)/.exec(await again.waitForLine(/listening on ptcp:/))![1];
      const replayed = await run(process.execPath, [SOUTHBOUND, "replay", file, "--to", `tcp:127.0.0.1:${there}`, "--speed", "10"]);
      expect(replayed.stderr).toContain(" 0 errors among them");
      expect(replayed.status).toBe(0);
      await again.waitForLine(/is up with \d+ port/);
      await again.stop();
    });
  }

  wireshark.test("of a Vconn of the library over a unix socket, with IPv6-less ends and long messages", async () => {
    const parts: Uint8Array[] = [];
    const recorder = new Recorder((bytes) => void parts.push(bytes));
    const streams: Stream[] = [];
    await using listener = await listen(`punix:${dir}/s`, {
      onStream: (stream) => {
        recorder.attach(stream);
        streams.push(stream);
        new Vconn(stream, { versions: [4] });
      },
    });
    expect(listener.name).toBe(`punix:${dir}/s`);
    await runOk("ovs-ofctl", ["-O", "OpenFlow13", "-t", "10", "ping", `unix:${dir}/s`, "65000"]);
    await runOk("ovs-ofctl", ["-O", "OpenFlow13", "-t", "10", "probe", `unix:${dir}/s`]);
    await Promise.all(streams.map((stream) => stream.closed));
    await writeFile(file, Buffer.concat(parts));
    expect(await tshark("-Y", "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0")).toBe("");
    const messages = [...capturedMessages(Buffer.concat(parts))];
    expect(messages.map(({ bytes }) => bytes[1])).toEqual([0, 0, ...Array(10).fill([2, 3]).flat(), 0, 0, 2, 3]);
    const types = (await tshark("-Y", "openflow_v1 || openflow_v4", "-T", "fields", "-e", "openflow_v4.type")).match(/\d+/g)!;
    expect(types).toHaveLength(messages.filter(({ bytes }) => bytes[0] === 4).length);
  });
});
