/** Runs an application of the guides in a controller with an embedded switch, whose two hosts ping each other until the application has printed what it is to print. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import { expect, vi } from "vitest";
import { type App, Controller } from "../../src/controller/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Host, link, Switch } from "../../src/switch/mod.js";
import { settle } from "../../src/testing/mock-clock.js";
import { type Block, prints } from "./blocks.js";

/** @param dir - a folder of this repository, for the file */
export async function runApp(block: Block, version: 1 | 4, dir: string): Promise<void> {
  const file = join(dir, `${block.page.replace(/.*\//, "")}-${block.line}.mjs`);
  writeFileSync(file, block.text);
  const { default: app } = (await import(file)) as { readonly default: App };
  const printed: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...words: unknown[]) => void printed.push(format(...words)));
  const errors: string[] = [];
  const stop = new AbortController();
  try {
    await using controller = new Controller({
      versions: [version],
      log: (level, text) => level !== "info" && level !== "debug" && errors.push(text),
    });
    const scope = controller.use(app);
    let packetIns = 0;
    controller.on("packet-in", () => {
      packetIns++;
    });
    await using sw = new Switch({ datapathId: 1n });
    const hosts = [1, 2].map((n) => {
      const host = new Host({ name: `h${n}`, mac: 0x020000000000 + n, ip: 0x0a000000 + n });
      link(sw.addPort(), host.port);
      return host;
    });
    const [here, there] = pipe();
    controller.accept(there);
    sw.attach(here);
    let reached = false;
    void hosts[0]!.ping(0x0a000002, { signal: stop.signal }).then(
      () => {
        reached = true;
      },
      () => {},
    );
    await settle();
    const text = (): string => printed.map((line) => `${line}\n`).join("");
    if (block.output === "") expect(text()).toBe("");
    else await expect.poll(text).toSatisfy((t: string) => prints(block.output, t, false), block.output);
    expect(errors).toEqual([]);
    expect(scope.counters).toMatchObject({ errors: 0 });
    expect(scope.counters.delivered).toBeGreaterThan(0);
    // an application that waits for packets sees to it that they come, in every version
    if (block.text.includes('"packet-in"')) await expect.poll(() => packetIns).toBeGreaterThan(0);
    // Ryu's tutorial is a learning switch
    if (block.page.endsWith("from-ryu.md")) await expect.poll(() => reached).toBe(true);
    scope.unload();
  } finally {
    stop.abort();
    log.mockRestore();
  }
}
