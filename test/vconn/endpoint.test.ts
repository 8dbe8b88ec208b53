/** The two ends of a connection by their addresses. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { pipe, registerTransport, TlsIdentity } from "../../src/stream/mod.js";
import { listenVconn, openVconn, Vconn } from "../../src/vconn/mod.js";
import { testPki } from "../stream/certificates.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-endpoint-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("a peer that was named by a host name", () => {
  test.each(["tcp", "ssl"])("over %s: its address counts, once it is connected", async (kind) => {
    const pki = testPki(dir);
    const stream = { tls: new TlsIdentity({ privateKey: pki.privateKey, certificate: pki.certificate, caCert: pki.caCert }) };
    const listener = await listenVconn(`p${kind}:0:127.0.0.1`, { onVconn: () => {}, ...stream });
    const port = Number(listener.name.split(":")[1]);
    const before: (string | undefined)[] = [];
    const vconn = await openVconn(`${kind}:localhost:${port}`, { stream, onVconn: (v) => before.push(v.remote.address) });
    try {
      expect(before).toEqual(["localhost"]);
      expect(vconn.remote).toEqual({ name: `${kind}:127.0.0.1:${port}`, address: "127.0.0.1", port });
      expect(vconn.name).toBe(`${kind}:localhost:${port}`);
      expect(vconn.status.remote.address).toBe("127.0.0.1");
    } finally {
      await vconn.close();
      await listener.closeAll();
    }
  });

  test("a file has no address", async () => {
    const listener = await listenVconn(`punix:${dir}/a`, { onVconn: () => {} });
    const vconn = await openVconn(`unix:${dir}/a`);
    expect(vconn.remote).toEqual({ name: `unix:${dir}/a`, address: undefined, port: undefined });
    await vconn.close();
    await listener.closeAll();
  });
});

test.each([
  ["udp2", "udp2:10.0.0.1:6653", "10.0.0.1", 6653],
  ["h3-quic+x", "h3-quic+x:[fe80::1]:7", "fe80::1", 7],
  ["x9", "x9:somewhere", undefined, undefined],
])("a transport registered as %s: %s", (kind, name, address, port) => {
  const unregister = registerTransport({
    name: kind,
    syntax: "other",
    connect: () => {
      throw new Error("not connected here");
    },
  } as never);
  const [stream] = pipe();
  Object.defineProperty(stream, "remote", { value: name });
  try {
    const vconn = new Vconn(stream);
    expect(vconn.remote).toEqual({ name, address, port });
    vconn.destroy();
  } finally {
    unregister();
  }
});
