import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { l2Learning } from "../../src/apps/mod.js";
import { loadApps } from "../../src/cli/southbound/apps.js";
import { serve } from "../../src/controller/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Host, link, Switch } from "../../src/switch/mod.js";
import { settle } from "../../src/testing/mock-clock.js";

test("one application serves every stream with one controller, which ends behind the last and is made anew for the next", async () => {
  const log: string[] = [];
  const serving = serve((c) => {
    log.push("load");
    c.on("up", (dp) => log.push(`up ${dp.id}`));
    return () => void log.push("unload");
  });
  const connect = (datapathId: bigint) => {
    const sw = new Switch({ datapathId });
    const [here, there] = pipe();
    sw.attach(here);
    return { sw, controller: serving(there), stream: there };
  };
  const one = connect(1n);
  const two = connect(2n);
  await settle();
  expect(two.controller).toBe(one.controller);
  await one.sw.close();
  await settle();
  expect(log).toEqual(["load", "up 1", "up 2"]);
  await two.sw.close();
  await settle();
  expect(log.splice(0)).toEqual(["load", "up 1", "up 2", "unload"]);
  const three = connect(3n);
  await settle();
  expect(three.controller).not.toBe(one.controller);
  expect(log).toEqual(["load", "up 3"]);
  await three.sw.close();
});

test("a learning switch made so forwards packets", async () => {
  const serving = serve(l2Learning);
  expect(serving.app).toBe(l2Learning);
  await using sw = new Switch({ datapathId: 1n, versions: [4] });
  const hosts = [1, 2].map((n) => {
    const host = new Host({ name: `h${n}`, mac: 0x020000000000 + n, ip: 0x0a000000 + n });
    link(sw.addPort(), host.port);
    return host;
  });
  const [here, there] = pipe();
  sw.attach(here);
  serving(there);
  await settle();
  const reply = await hosts[0]!.ping(0x0a000002);
  expect(reply).toBeTruthy();
});

test("`southbound controller` runs the same file that a switch loads", async () => {
  const dir = mkdtempSync(join(import.meta.dirname, "serve-"));
  try {
    const file = join(dir, "app.mjs");
    const rooms = join(import.meta.dirname, "../../src");
    const lines = [`import { l2Learning } from "${rooms}/apps/mod.ts";`, `import { serve } from "${rooms}/controller/mod.ts";`];
    writeFileSync(file, `${lines.join("\n")}\nexport default serve(l2Learning);\n`);
    const [loaded] = await loadApps([file]);
    expect(loaded?.app.name).toBe("l2Learning");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
