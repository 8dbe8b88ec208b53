/** The channel with a real Open vSwitch where other files do not lead: the reliable connection and ofctl over TLS, snooping on our switch, the words for what cannot be connected to. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect } from "vitest";
import { TlsIdentity } from "../src/stream/mod.js";
import { listenVconn, Rconn, type Vconn } from "../src/vconn/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { run, runOk, start } from "./harness/process.js";
import { eventually } from "./harness/wait.js";

const OFCTL = fileURLToPath(new URL("../bin/ofctl.js", import.meta.url));
const SOUTHBOUND = fileURLToPath(new URL("../bin/southbound.js", import.meta.url));

const tlsPeers = withPeers(["ovs-vswitchd", "ovs-ofctl", "openssl"]);
const tools = withPeers(["ovs-ofctl"]);

tlsPeers.describe("over TLS, where Open vSwitch listens", () => {
  let dir: string;
  let ovs: OpenVswitch;
  let target: string;
  const path = (file: string): string => join(dir, file);

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "southbound-"));
    const pki = (...words: string[]) => runOk(process.execPath, [SOUTHBOUND, "pki", ...words], { cwd: dir });
    await pki("init");
    await pki("req+sign", "ctl", "controller");
    await pki("req+sign", "sw1", "switch");
    ovs = await OpenVswitch.start();
    // A switch whose CA file has the certificate of its own CA too presents the whole chain, which is what can be learnt.
    await runOk("sh", ["-c", "cat pki/controllerca/cacert.pem pki/switchca/cacert.pem > both.pem"], { cwd: dir });
    await ovs.vsctl("set-ssl", path("sw1-privkey.pem"), path("sw1-cert.pem"), path("both.pem"));
    const port = await freePort();
    target = `ssl:127.0.0.1:${port}`;
    await ovs.addBridge("br0", { protocols: ["OpenFlow10", "OpenFlow13"], controllers: [`pssl:${port}:127.0.0.1`] });
  });
  afterAll(async () => {
    await ovs?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  tlsPeers.test("ofctl does as ovs-ofctl, with a certificate and without", async () => {
    const files = ["-p", path("ctl-privkey.pem"), "-c", path("ctl-cert.pem"), "-C", path("pki/switchca/cacert.pem")];
    await eventually(async () => (await run("ovs-ofctl", [...files, "probe", target])).status === 0, { what: () => ovs.log() });
    const both = async (...words: string[]) => {
      const [a, b] = [await run(process.execPath, [OFCTL, ...words]), await run("ovs-ofctl", words)];
      return [a, b] as const;
    };
    const form = (text: string): string =>
      text.replace(/xid=[0-9a-f]{8} time=\d+\.\d ms/g, "xid time").replace(/Finished in .*/, "Finished");
    for (const words of [
      ["probe", target],
      ["ping", target, "100"],
      ["-O", "OpenFlow13", "benchmark", target, "1000", "50"],
    ]) {
      const [a, b] = await both(...files, ...words);
      expect([a.status, form(a.stdout), a.stderr]).toEqual([b.status, form(b.stdout), b.stderr]);
      expect(a.status).toBe(0);
    }
    // The CA of the other side: neither trusts the switch.
    const wrong = files.with(5, path("pki/controllerca/cacert.pem"));
    const [a, b] = await both(...wrong, "--timeout=60", "probe", target);
    // Whether it fails while it is opened or while it is waited for is a matter of time, with ovs-ofctl too.
    const last = (text: string): string => /\([^()]*\)$/.exec(text.trimEnd())![0];
    expect([a.status, last(a.stderr)]).toEqual([b.status, last(b.stderr)]);
    expect(a.status).toBe(1);
  });

  tlsPeers.test("a reliable connection learns the CA, comes back verified, and again after the switch was killed", async () => {
    const bootstrapCaCert = path("learnt.pem");
    const tls = new TlsIdentity({ privateKey: path("ctl-privkey.pem"), certificate: path("ctl-cert.pem"), bootstrapCaCert });
    const errors: string[] = [];
    await using rconn = new Rconn({
      versions: [4],
      maxBackoff: 1_000,
      stream: { tls },
      onVconn: (vconn) => {
        vconn.onClose = (error) => errors.push(error?.message ?? "closed");
      },
    });
    rconn.connect(target);
    await eventually(() => rconn.isConnected, { timeout: 30_000, what: () => errors.join("\n") });
    expect(errors.filter((e) => e.includes("killing successful connection")).length).toBe(1);
    expect(existsSync(bootstrapCaCert)).toBe(true);
    expect(rconn.vconn!.stream.peerId).toBe("sw1");
    await rconn.vconn!.barrier();
    const { seqno } = rconn;
    // What a test starts ends with it: this one is the last of this switch.
    await ovs.killSwitch();
    await eventually(() => rconn.seqno > seqno && !rconn.isConnected);
    await ovs.startSwitch();
    await eventually(() => rconn.isConnected, { timeout: 30_000, what: () => errors.join("\n") });
    await rconn.vconn!.barrier();
  });
});

tools.describe("snooping on our switch", () => {
  tools.test("ovs-ofctl snoop and ours see what it and its controller say", async () => {
    const dir = await mkdtemp(join(tmpdir(), "southbound-"));
    const vconns: Vconn[] = [];
    await using listener = await listenVconn(`punix:${dir}/controller`, { versions: [4], onVconn: (vconn) => vconns.push(vconn) });
    expect(listener.connections.size).toBe(0);
    try {
      const words = ["switch", "--dpid", "7", "--controller", `unix:${dir}/controller`, "--snoop", `punix:${dir}/s7.snoop`];
      start(process.execPath, [SOUTHBOUND, ...words]);
      await eventually(() => vconns[0]?.state === "connected" && existsSync(`${dir}/s7.snoop`), { what: "the switch" });
      const env = { ...process.env, OVS_RUNDIR: dir };
      const tools = [start("ovs-ofctl", ["snoop", "s7"], { env }), start(process.execPath, [OFCTL, "snoop", "s7"], { env })];
      // Each sees a barrier that was sent once it looked on.
      await eventually(
        async () => {
          await vconns[0]!.barrier();
          return tools.every(
            ({ output }) => /OFPT_BARRIER_REQUEST \(OF1\.3\)/.test(output) && /OFPT_BARRIER_REPLY \(OF1\.3\)/.test(output),
          );
        },
        { what: () => tools.map(({ output }) => output).join("\n") },
      );
    } finally {
      await listener.closeAll();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

for (const target of [
  "tcp:127.0.0.1",
  "tcp:nonexistent.invalid",
  "tcp:nonexistent.invalid:6653",
  "tcp:127.0.0.1:1",
  "tcp:127.0.0.1:99999",
  "tcp:1.2.3.4.5:1",
  "tcp:",
  "ssl:127.0.0.1",
  "unix:/nonexistent/s",
  "foo:bar",
  "ptcp:1",
  "nosuch",
])
  tools.test(`${target} cannot be connected to: ofctl says so in the words of ovs-ofctl`, async () => {
    const form = (text: string): string => text.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/gm, "TIME").replace(/^ovs-ofctl:/gm, "ofctl:");
    const [a, b] = [await run(process.execPath, [OFCTL, "probe", target]), await run("ovs-ofctl", ["probe", target])];
    expect([a.status, form(a.stderr)]).toEqual([b.status, form(b.stderr)]);
    expect(a.status).toBe(1);
  });
