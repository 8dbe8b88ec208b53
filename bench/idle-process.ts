/** Connects to a port of this machine so many times, says hello on each, and then only answers echo requests. Arguments: port, number. Sends "ready" when all are connected. */

import { createConnection } from "node:net";
import { MessageType } from "southbound/ofp";

const { EchoRequest: ECHO_REQUEST, EchoReply: ECHO_REPLY } = MessageType;

const HELLO = Buffer.from("0400000800000001", "hex");
/** Connections under way at a time: the queue of a listener is bounded. */
const AT_ONCE = 50;

const [, , port = "0", count = "0"] = process.argv;
let begun = 0;
let done = 0;

function next(): void {
  if (begun++ >= Number(count)) return;
  const socket = createConnection(Number(port), "127.0.0.1", () => {
    socket.write(HELLO);
    if (++done === Number(count)) process.send?.("ready");
    next();
  });
  socket.on("data", (bytes) => {
    for (let p = 0; p + 8 <= bytes.length; p += Math.max(8, bytes.readUInt16BE(p + 2))) {
      if (bytes[p + 1] !== ECHO_REQUEST) continue;
      const reply = Buffer.from(bytes.subarray(p, p + 8));
      reply[1] = ECHO_REPLY;
      socket.write(reply);
    }
  });
  socket.on("error", (e) => {
    process.stderr.write(`connection ${done}: ${e.message}\n`);
    process.exit(1);
  });
}
for (let i = 0; i < AT_ONCE; i++) next();
process.on("disconnect", () => process.exit());
