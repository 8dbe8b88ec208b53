/** Dumps the flows of a switch and tells by how much the process has grown at most meanwhile. Argument: the switch. Sends one {@link DumpReport}. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openVconn } from "southbound/vconn";

/** What a dump has cost. */
export interface DumpReport {
  readonly flows: number;
  /** The most bytes of heap that were in use, beyond those before the first dump. */
  readonly heap: number;
  /** The same for all memory of the process. */
  readonly rss: number;
}

/** How many flows pass between two looks. */
const EVERY = 500;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const vconn = await openVconn(process.argv[2] ?? "", { versions: [4] });
// Warm: what is compiled and reserved once is no part of it.
for (let i = 0; i < 3; i++) for await (const _ of vconn.dumpFlows()) if (i < 2) break;
for (let i = 0; i < 3; i++) collect();
const before = process.memoryUsage();
let [flows, heap, rss] = [0, 0, 0];
for await (const _ of vconn.dumpFlows()) {
  if (flows++ % EVERY !== 0) continue;
  const now = process.memoryUsage();
  heap = Math.max(heap, now.heapUsed - before.heapUsed);
  rss = Math.max(rss, now.rss - before.rss);
}
await vconn.close();
process.send?.({ flows, heap, rss } satisfies DumpReport, () => process.disconnect());
