/** The code point of the packets of a connection, at both of its ends. */
import { mkdtempSync, rmSync } from "node:fs";
import type { Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { native } from "../../src/native/mod.js";
import { type ConnectOptions, connect, type Listener, listen, pipe, type Stream, TlsIdentity } from "../../src/stream/mod.js";
import { openVconn, Vconn } from "../../src/vconn/mod.js";
import { testPki } from "./certificates.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-dscp-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface WithHandle {
  readonly _handle?: { readonly fd: number };
}
const fdOf = (of: Socket | Server): number => (of as unknown as WithHandle)._handle?.fd ?? -1;
const markOf = (stream: Stream): number => native("tests").socketMark(fdOf((stream as unknown as { readonly socket: Socket }).socket));

/** The marks of both ends of a connection. */
async function marks(
  passive: string,
  active: (port: string) => string,
  here: ConnectOptions,
  there: ConnectOptions,
): Promise<[number, number]> {
  let accepted: Stream | undefined;
  const listener: Listener = await listen(passive, {
    ...there,
    onStream: (stream) => {
      accepted = stream;
      stream.onChunk = () => {};
    },
  });
  const stream = connect(active(listener.name.split(":")[1]!), here);
  try {
    await new Promise<void>((resolve, reject) => {
      stream.onOpen = resolve;
      stream.onClose = reject;
    });
    stream.onClose = null;
    await expect.poll(() => accepted?.state).toBe("open");
    return [markOf(stream), markOf(accepted!)];
  } finally {
    stream.destroy();
    accepted?.destroy();
    await listener.close();
  }
}

describe("dscp", () => {
  const tls = () => {
    const pki = testPki(dir);
    return { tls: new TlsIdentity({ privateKey: pki.privateKey, certificate: pki.certificate, caCert: pki.caCert }) };
  };

  test.each<[string, string, (port: string) => string, ConnectOptions]>([
    ["an address", "ptcp:0:127.0.0.1", (port) => `tcp:127.0.0.1:${port}`, {}],
    ["a host name", "ptcp:0:127.0.0.1", (port) => `tcp:localhost:${port}`, {}],
    ["IPv6", "ptcp:0:[::1]", (port) => `tcp:[::1]:${port}`, {}],
    ["TLS", "pssl:0:127.0.0.1", (port) => `ssl:127.0.0.1:${port}`, tls()],
    ["TLS and a host name", "pssl:0:127.0.0.1", (port) => `ssl:localhost:${port}`, tls()],
  ])("is that of each end: %s", async (_what, passive, active, more) => {
    expect(await marks(passive, active, { ...more, dscp: 48 }, { ...more, dscp: 10 })).toEqual([48, 10]);
    expect(await marks(passive, active, more, more)).toEqual([0, 0]);
  });

  test("a socket that connects has it before its first packet", () => {
    const stream = connect("tcp:127.0.0.1:1", { dscp: 46 });
    stream.onClose = () => {};
    expect(markOf(stream)).toBe(46);
    stream.destroy();
  });

  test("comes through the options of a connection", async () => {
    const accepted: Vconn[] = [];
    const listener = await listen("ptcp:0:127.0.0.1", { dscp: 7, onStream: (stream) => void accepted.push(new Vconn(stream)) });
    const vconn = await openVconn(`tcp:127.0.0.1:${listener.name.split(":")[1]}`, { stream: { dscp: 5 } });
    expect([markOf(vconn.stream), markOf(accepted[0]!.stream)]).toEqual([5, 7]);
    await vconn.close();
    await listener.close();
  });

  test.each([-1, 64, 1.5, Number.NaN])("%s is none", async (dscp) => {
    expect(() => connect("tcp:127.0.0.1:1", { dscp })).toThrow(new RegExp(`dscp is ${dscp}; accepted (are 0 to 63|is a number)`));
    await expect(listen("ptcp:0:127.0.0.1", { dscp, onStream: () => {} })).rejects.toMatchObject({ code: "ERR_USAGE" });
  });

  test("means nothing to unix sockets and pipes", async () => {
    const file = `${dir}/a`;
    const listener = await listen(`punix:${file}`, { dscp: 48, onStream: (stream) => stream.destroy() });
    const stream = connect(`unix:${file}`, { dscp: 48 });
    await new Promise((resolve) => {
      stream.onClose = resolve;
      stream.onChunk = () => {};
    });
    await listener.close();
    expect(pipe({ dscp: 48 }).map(({ state }) => state)).toEqual(["open", "open"]);
  });
});
