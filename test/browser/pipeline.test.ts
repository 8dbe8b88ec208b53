/** The codec, the packets and the switch's pipeline run in a browser: they are bundled as for one, and run in a context that has what browsers have and nothing of Node. */
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../../src");

/** Two hosts on the ports of a switch without a controller, one flow that floods, and a ping; and the flow as bytes and back. */
const PROGRAM = `
import { systemClock } from ${JSON.stringify(join(SRC, "clock/mod.ts"))};
import { apply, decodeMessage, encodeMessage, FlowMod, Match, Output, PortNo } from ${JSON.stringify(join(SRC, "ofp/mod.ts"))};
import { compileFlow, Host, link } from ${JSON.stringify(join(SRC, "switch/mod.ts"))};
import { Forwarder } from ${JSON.stringify(join(SRC, "switch/pipeline/forwarder.ts"))};

export async function run() {
  const none = () => {};
  const forwarder = new Forwarder({ clock: systemClock, tables: 1 }, new Proxy({}, { get: () => none }));
  const hosts = [1, 2].map((n) => new Host({ name: "h" + n, mac: n, ip: 0x0a000000 + n }));
  for (const host of hosts) link(host.port, forwarder.addPort({}, (portNo) => 0x020000000000 + portNo));
  const sent = FlowMod.of({ priority: 1, match: Match.of({}), instructions: [apply(Output.of({ port: PortNo.Flood }))] });
  const { match, instructions, priority } = decodeMessage(encodeMessage(sent, 4));
  const program = compileFlow(match, instructions, forwarder.place(4, false));
  forwarder.tables[0].add({ match, priority, cookie: 0n, idleTimeout: 0, hardTimeout: 0, flags: 0, version: 4, instructions, program });
  const { bytes, ttl } = await hosts[0].ping(0x0a000002, { timeout: 20000 });
  forwarder.tables[0].close();
  return bytes + " bytes, ttl " + ttl;
}
`;

async function bundled(): Promise<string> {
  const bundle = await rolldown({
    input: "program",
    platform: "browser",
    tsconfig: join(SRC, "../tsconfig.json"),
    treeshake: { moduleSideEffects: false },
    external: /^node:/,
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === "program" ? join(SRC, "program.ts") : null),
        load: (id) => (id === join(SRC, "program.ts") ? PROGRAM : null),
      },
    ],
    onLog: () => {},
  });
  try {
    const { output } = await bundle.generate({ format: "iife", name: "southbound", comments: false });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

test("a bundle for a browser has nothing of Node, and its switch forwards a ping", async () => {
  const code = await bundled();
  expect(code.match(/["']node:\w+["']|\brequire\(|\bprocess\.|\bBuffer\b/g) ?? []).toEqual([]);
  const timers = new Map<number, NodeJS.Timeout>();
  const context = createContext({
    // a browser's timers are numbers
    setTimeout(body: () => void, ms: number): number {
      const timer = setTimeout(body, ms);
      timers.set(timers.size + 1, timer);
      return timers.size;
    },
    clearTimeout: (id: number) => clearTimeout(timers.get(id)),
    queueMicrotask,
    performance,
    MessageChannel,
    TextEncoder,
    TextDecoder,
    AbortController,
    AbortSignal,
  });
  try {
    new Script(`${code};globalThis.run = southbound.run`).runInContext(context);
    const { run } = context as { readonly run: () => Promise<string> };
    expect(await run()).toBe("64 bytes, ttl 64");
  } finally {
    for (const timer of timers.values()) clearTimeout(timer);
  }
});
