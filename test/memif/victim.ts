/** A server that is attacked, in a process of its own. Argument: the name to listen at. It echoes and sends all the time; for each line on its standard input it prints its counters. */
import { createInterface } from "node:readline";
import { MemifServer } from "../../src/memif/mod.js";

const server = new MemifServer({ socket: process.argv[2]! });
const frame = new Uint8Array(64);
let refused = "";
server.on("failed", (error) => {
  refused = error.message;
});
server.receive((burst) => void server.send(Array.from({ length: burst.count }, (_, i) => burst.view(i))));
const turn = (): void => {
  if (server.state === "connected" && server.tx.length > 0) server.send([frame, frame]);
  setImmediate(turn);
};
turn();
createInterface({ input: process.stdin }).on("line", () => {
  const { connections, failures, faults, rx, tx } = server.counters;
  process.stdout.write(
    `${JSON.stringify({ connections, failures, faults, rx: rx.packets, tx: tx.packets, notified: tx.notified, refused })}\n`,
  );
});
process.stdin.on("end", () => process.exit(0));
process.stdout.write("listening\n");
