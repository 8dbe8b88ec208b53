// @ts-check
/**
 * A peer in a process of its own, to be killed. Arguments: the addon, "client" or "server", the socket's name, and a JSON list of what to send: [hex, what goes with it]. It sends one thing,
 * waits for the answer, sends the next; then prints "ready" and stays.
 */
import { createRequire } from "node:module";

const [, , addon = "", role, name = "", list = "[]"] = process.argv;
const calls = createRequire(import.meta.url)(addon);
const extra = new Int32Array(2);
const bytes = new Uint8Array(128);

/** @param {() => number} attempt */
async function eventually(attempt) {
  for (;;) {
    const result = attempt();
    if (result !== -11) return result;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const descriptors = {
  none: () => -1,
  eventfd: () => calls.eventfdCreate(),
  memfd() {
    const fd = calls.memfdCreate("child", 65_536);
    new Uint32Array(calls.memoryMap(fd, 65_536))[0] = 0x03e3_1f20;
    return fd;
  },
};

let fd = -1;
if (role === "server") {
  const listener = calls.seqpacketListen(name);
  process.stdout.write("listening\n");
  fd = await eventually(() => calls.seqpacketAccept(listener));
} else {
  fd = calls.seqpacketConnect(name);
  await eventually(() => calls.seqpacketReceive(fd, bytes, extra));
}
for (const [hex, what] of JSON.parse(list)) {
  calls.seqpacketSend(fd, Buffer.from(hex, "hex"), descriptors[/** @type {keyof typeof descriptors} */ (what)]());
  const last = role === "server" && Buffer.from(hex, "hex")[0] === 7;
  if (!last) await eventually(() => calls.seqpacketReceive(fd, bytes, extra));
}
process.stdout.write("ready\n");
setInterval(() => {}, 1_000);
