/** The compliance suite over every transport that has no file of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { connect, type Listener, listen, pipe, type Stream, TlsIdentity } from "../../src/stream/mod.js";
import { registerVconnSuite } from "../../src/testing/mod.js";
import { testPki } from "../stream/certificates.js";

let dir: string;
let tls: TlsIdentity;
const PLACES = ["ptcp:0:127.0.0.1", "ptcp:0:[::1]", "pssl:0:127.0.0.1", "punix:"] as const;
type Place = (typeof PLACES)[number];
const listeners = new Map<Place, Listener>();
const accepted: Stream[] = [];
let wake: (() => void) | undefined;

const nameOf = (place: Place, file = "s"): string => (place === "punix:" ? `punix:${dir}/${file}` : place);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "southbound-"));
  const { privateKey, certificate, caCert } = testPki(dir);
  tls = new TlsIdentity({ privateKey, certificate, caCert });
  for (const place of PLACES) {
    const onStream = (stream: Stream): void => {
      accepted.push(stream);
      wake?.();
    };
    listeners.set(place, await listen(nameOf(place), { onStream, tls }));
  }
});

afterAll(async () => {
  await Promise.all([...listeners.values()].map((l) => l.close()));
  await rm(dir, { recursive: true });
});

/** `ptcp:PORT:HOST` as it is connected to. */
function activeName(bound: string): string {
  const [kind = "", port, ...host] = bound.slice(1).split(":");
  return kind === "unix" ? bound.slice(1) : `${kind}:${host.join(":")}:${port}`;
}

/** A connected pair over a listener; cases run one after the other, so the next stream accepted is the other end. */
async function pairOver(place: Place): Promise<readonly [Stream, Stream]> {
  const tested = connect(activeName(listeners.get(place)!.name), { tls });
  while (accepted.length === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  return [tested, accepted.shift()!];
}

/** The listener is closed right behind the beginning of the connection, which it takes no more. */
async function refusedBy(place: Place): Promise<Stream> {
  const listener = await listen(nameOf(place, "closing"), { onStream: (stream) => stream.destroy(), tls });
  const stream = connect(activeName(listener.name), { tls });
  await listener.close();
  return stream;
}

const over = (place: Place) => ({ pair: () => pairOver(place), refused: () => refusedBy(place) });
const runner = { describe, it: test };

registerVconnSuite("tcp", over("ptcp:0:127.0.0.1"), runner);
registerVconnSuite("tcp with IPv6", over("ptcp:0:[::1]"), runner);
registerVconnSuite("ssl", over("pssl:0:127.0.0.1"), runner);
registerVconnSuite("unix", over("punix:"), runner);
registerVconnSuite("pipe", { pair: async () => pipe() }, runner);
registerVconnSuite("pipe by microtasks", { pair: async () => pipe({ delivery: "microtask" }) }, runner);
