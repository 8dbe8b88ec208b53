/** TLS with a real Open vSwitch, both ways, with the certificates that `southbound pki` makes: the commands of docs/guide/tls.md. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { Controller, type Datapath } from "../src/controller/mod.js";
import { connect, type Listener, listen, TlsIdentity, type TlsOptions } from "../src/stream/mod.js";
import { Vconn } from "../src/vconn/mod.js";
import { OpenVswitch } from "./harness/ovs.js";
import { withPeers } from "./harness/peers.js";
import { freePort } from "./harness/ports.js";
import { run, runOk, start } from "./harness/process.js";
import { eventually } from "./harness/wait.js";

const BIN = new URL("../bin/southbound.js", import.meta.url).pathname;
const GUIDE = new URL("../docs/guide/tls.md", import.meta.url).pathname;

const { describe, test } = withPeers(["ovs-vswitchd", "ovs-ofctl", "openssl"]);

describe("OpenFlow over TLS", () => {
  let dir: string;
  const path = (file: string): string => join(dir, file);
  const southbound = (...words: string[]): Promise<string> => runOk(process.execPath, [BIN, ...words], { cwd: dir });
  const controllerTls = (more: TlsOptions = {}): TlsIdentity =>
    new TlsIdentity({
      privateKey: path("ctl-privkey.pem"),
      certificate: path("ctl-cert.pem"),
      caCert: path("pki/switchca/cacert.pem"),
      ...more,
    });
  const setSsl = (ovs: OpenVswitch, ...more: string[]): Promise<string> =>
    ovs.vsctl(...more, "set-ssl", path("sw1-privkey.pem"), path("sw1-cert.pem"), path("pki/controllerca/cacert.pem"));

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "southbound-"));
    await southbound("pki", "init");
    await southbound("pki", "req+sign", "ctl", "controller");
    await southbound("pki", "req+sign", "sw1", "switch");
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test("the guide's five commands work as they stand", async () => {
    const five = /```sh\n([\s\S]*?)```/
      .exec(await readFile(GUIDE, "utf8"))![1]!
      .trim()
      .split("\n");
    expect(five.length).toBe(5);
    expect(five.slice(0, 3)).toEqual([
      "southbound pki init",
      "southbound pki req+sign ctl controller",
      "southbound pki req+sign sw1 switch",
    ]);
    const port = await freePort();
    const words = (line: string): string[] => line.replaceAll("$PWD", dir).replaceAll("6653", String(port)).split(" ").slice(1);
    await using ovs = await OpenVswitch.start();
    await ovs.addBridge("br0", { protocols: ["OpenFlow13"] });
    await ovs.vsctl(...words(five[3]!));
    const controller = start(process.execPath, [BIN, ...words(five[4]!)], { cwd: dir });
    await controller.waitForLine(/is up with \d+ port/);
    await ovs.waitConnected("br0");
  });

  test("a switch is known by its certificate; pins hold it to its datapath id", async () => {
    const up: Datapath[] = [];
    const lines: string[] = [];
    await using controller = new Controller({
      pins: new Map([
        [0x11n, "sw1"],
        [0x12n, "another"],
      ]),
      log: (_l, t) => lines.push(t),
    });
    controller.on("up", (dp) => void up.push(dp));
    const { name } = await controller.listen("pssl:0:127.0.0.1", { tls: controllerTls() });
    await using ovs = await OpenVswitch.start();
    await setSsl(ovs);
    const target = `ssl:127.0.0.1:${name.split(":")[1]}`;
    await ovs.addBridge("br0", { dpid: 0x11n, controllers: [target] });
    await ovs.addBridge("br1", { dpid: 0x12n, controllers: [target] });
    await eventually(
      () => up.length > 0 && lines.some((l) => l.includes('is pinned to the certificate "another", and it has shown "sw1"')),
    );
    expect(up.map((dp) => dp.id)).toEqual([0x11n]);
  });

  test("certificates are swapped between reconnects, without a restart", async () => {
    const port = await freePort();
    const key = path("turn-privkey.pem");
    await southbound("pki", "req+sign", "turn", "switch"); // by the wrong CA
    const tls = controllerTls({ privateKey: key, certificate: path("turn-cert.pem") });
    await using controller = new Controller();
    const ups: Datapath[] = [];
    controller.on("up", (dp) => void ups.push(dp));
    await controller.listen(`pssl:${port}:127.0.0.1`, { tls });
    await using ovs = await OpenVswitch.start();
    await setSsl(ovs);
    await ovs.addBridge("br0", { controllers: [`ssl:127.0.0.1:${port}`] });
    await eventually(() => /certificate verify failed|unable to|alert/.test(ovs.log()), { what: () => ovs.log() });
    expect(ups).toEqual([]);
    await rm(path("turn-cert.pem"));
    await southbound("pki", "sign", "turn", "controller");
    await eventually(() => ups.length === 1, { what: () => ovs.log() });
  });

  test("bootstrap of the CA against ovs-vswitchd's pssl:", async () => {
    const port = await freePort();
    await using ovs = await OpenVswitch.start();
    await setSsl(ovs);
    await ovs.addBridge("br0", { controllers: [`pssl:${port}:127.0.0.1`] });
    const file = path("bootstrapped.pem");
    const tls = controllerTls({ caCert: undefined, bootstrapCaCert: file });
    const attempt = () =>
      new Promise<string>((resolve) => {
        const vconn = new Vconn(connect(`ssl:127.0.0.1:${port}`, { tls }), { versions: [1, 4] });
        vconn.onUp = () => {
          resolve("up");
          void vconn.close();
        };
        vconn.onClose = (e) => resolve(e?.message ?? "ended");
      });
    let first = await attempt();
    for (let i = 0; i < 100 && first.includes("ECONNREFUSED") === true; i++) first = await attempt();
    // Open vSwitch presents no CA certificate: only its own, signed by it.
    expect(first).toMatch(/not self-signed \(only one certificate was received|killing successful connection/);
    if (first.includes("not self-signed")) {
      expect(existsSync(file)).toBe(false);
      // A switch whose CA file has the certificate of its own CA too presents the whole chain.
      const both = path("both.pem");
      await runOk("sh", ["-c", `cat pki/controllerca/cacert.pem pki/switchca/cacert.pem > ${both}`], { cwd: dir });
      await ovs.vsctl("set-ssl", path("sw1-privkey.pem"), path("sw1-cert.pem"), both);
      await eventually(async () => (await attempt()).includes("killing successful connection"), { what: async () => attempt() });
    }
    expect(readFileSync(file, "utf8").trim()).toBe(readFileSync(path("pki/switchca/cacert.pem"), "utf8").trim());
    expect(await attempt()).toBe("up");
  });

  test("ovs-vswitchd bootstraps from our peer-ca-cert", async () => {
    const port = await freePort();
    await using controller = new Controller();
    let up = 0;
    controller.on("up", () => void up++);
    await controller.listen(`pssl:${port}:127.0.0.1`, { tls: controllerTls({ peerCaCert: path("pki/controllerca/cacert.pem") }) });
    await using ovs = await OpenVswitch.start();
    const file = join(ovs.dir, "learnt.pem");
    await ovs.vsctl("--bootstrap", "set-ssl", path("sw1-privkey.pem"), path("sw1-cert.pem"), file);
    await ovs.addBridge("br0", { controllers: [`ssl:127.0.0.1:${port}`] });
    await eventually(() => up > 0, { timeout: 30_000, what: () => ovs.log() });
    expect((await readFile(file, "utf8")).trim()).toContain(
      readFileSync(path("pki/controllerca/cacert.pem"), "utf8").trim().split("\n")[1]!,
    );
  });

  test("ovs-ofctl over ssl, with and without a certificate of the right CA", async () => {
    const errors: string[] = [];
    const ups: Vconn[] = [];
    const listener: Listener = await listen("pssl:0:127.0.0.1", {
      tls: controllerTls(),
      onError: (e) => errors.push(e.message),
      onStream: (s) => {
        const vconn = new Vconn(s, { versions: [1, 4] });
        vconn.onUp = () => void ups.push(vconn);
      },
    });
    const target = `ssl:127.0.0.1:${listener.name.split(":")[1]}`;
    const ofctl = (cert: string, ...words: string[]) =>
      run("ovs-ofctl", [
        "--timeout=60",
        "-p",
        path(`${cert}-privkey.pem`),
        "-c",
        path(`${cert}-cert.pem`),
        "-C",
        path("pki/controllerca/cacert.pem"),
        ...words,
      ]);
    expect((await ofctl("sw1", "probe", target)).status).toBe(0);
    expect(ups[0]!.stream.peerId).toBe("sw1");
    expect((await ofctl("ctl", "probe", target)).status).not.toBe(0);
    await eventually(() => errors.some((e) => e.includes("the peer's certificate is refused")));
    const plain = await run("ovs-ofctl", ["--timeout=60", "probe", target.replace("ssl:", "tcp:")]);
    expect(plain.status).not.toBe(0);
    expect(errors.length).toBeGreaterThan(0);
    await listener.close();
    for (const v of ups) v.stream.destroy();
  });
});

describe("southbound pki", () => {
  test("makes files of the right kind and mode, and overwrites nothing", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "southbound-"));
    const pki = (...words: string[]) => run(process.execPath, [BIN, "pki", ...words], { cwd });
    try {
      expect((await pki("sign", "x")).stderr).toMatch(/x-req\.pem is missing|there is no switch CA in pki: make one/);
      expect((await pki("init", "--key", "rsa", "--dir", "a/b")).status).toBe(0);
      expect((await pki("init")).stdout.split("\n").slice(0, 2)).toEqual(["pki/switchca/private/cakey.pem", "pki/switchca/cacert.pem"]);
      expect((await pki("init")).stderr).toMatch(/cacert\.pem is there already/);
      expect((await pki("req", "x")).stdout).toBe("x-privkey.pem\nx-req.pem\n");
      expect((await pki("self-sign", "x")).stdout).toBe("x-cert.pem\n");
      expect((await pki("sign", "x")).stderr).toMatch(/x-cert\.pem is there already/);
      for (const wrong of ["../x", "a b", "", "-x".slice(1).repeat(65)]) expect((await pki("req", wrong)).status, wrong).toBe(2);
      const mode = (file: string) => (statSync(join(cwd, file)).mode & 0o777).toString(8);
      expect(["x-privkey.pem", "pki/switchca/private/cakey.pem", "x-cert.pem", "pki/switchca/private"].map(mode)).toEqual([
        "600",
        "600",
        "644",
        "700",
      ]);
      const shown = await runOk("openssl", [
        "x509",
        "-in",
        join(cwd, "x-cert.pem"),
        "-noout",
        "-subject",
        "-ext",
        "extendedKeyUsage,basicConstraints",
      ]);
      expect(shown).toMatch(/CN = x/);
      expect(shown).toMatch(/CA:FALSE/);
      expect(shown).toMatch(/Server Authentication.*Client Authentication/);
      await runOk("openssl", ["verify", "-CAfile", join(cwd, "x-cert.pem"), join(cwd, "x-cert.pem")]);
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });
});
