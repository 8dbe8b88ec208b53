/** The programs in the guides are run: each is an application, loaded into a controller with an embedded switch, hosts and traffic. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { type App, Controller } from "../../src/controller/mod.js";
import { apply, FlowMod, Output, PortNo } from "../../src/ofp/mod.js";
import { pipe } from "../../src/stream/mod.js";
import { Host, link, Switch } from "../../src/switch/mod.js";
import { settle } from "../../src/testing/mock-clock.js";

const ROOT = join(import.meta.dirname, "../..");
const dir = mkdtempSync(join(import.meta.dirname, "guides-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const programs = ["applications", "from-vlcp", "from-ryu"].flatMap((page) => {
  const text = readFileSync(join(ROOT, `docs/guide/${page}.md`), "utf8");
  return [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, program], i) => ({ page, i, program: program! }));
});

test("each guide has one", () => {
  expect(new Set(programs.map(({ page }) => page)).size).toBe(3);
});

test.each(programs.flatMap((p) => ([1, 4] as const).map((version) => ({ ...p, version }))))(
  "$page, program $i, version $version",
  async ({ page, i, program, version }) => {
    const file = join(dir, `${page}-${i}.mjs`);
    writeFileSync(file, program.replaceAll(/"southbound\/(\w+)"/g, `"${ROOT}/src/$1/mod.ts"`));
    const { default: app } = (await import(file)) as { readonly default: App };
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const errors: string[] = [];
    await using controller = new Controller({
      versions: [version],
      log: (level, text) => level !== "info" && level !== "debug" && errors.push(text),
    });
    const scope = controller.use(app);
    await using sw = new Switch({ datapathId: 1n });
    const hosts = [1, 2].map((n) => {
      const host = new Host({ name: `h${n}`, mac: 0x020000000000 + n, ip: 0x0a000000 + n });
      link(sw.addPort(), host.port);
      return host;
    });
    const [here, there] = pipe();
    controller.accept(there);
    sw.attach(here);
    await settle();
    const stop = new AbortController();
    if (page === "applications") {
      controller.datapaths.get(1n)!.send(FlowMod.of({ priority: 0, instructions: [apply(Output.of({ port: PortNo.Controller }))] }));
      hosts[0]!.ping(0x0a000002, { signal: stop.signal }).catch(() => {});
    }
    if (page === "from-ryu") expect((await hosts[0]!.ping(0x0a000002)).seq).toBeDefined();
    await settle();
    expect(errors).toEqual([]);
    expect(scope.counters).toMatchObject({ errors: 0 });
    expect(scope.counters.delivered).toBeGreaterThan(0);
    if (page === "from-vlcp") expect(log).toHaveBeenCalledWith("flow-stats-reply", 1, ["done", "done"]);
    if (page === "applications" && i === 2) expect(log).toHaveBeenCalledWith("in-process: { inPort: 1 }, 0 packets");
    if (page === "applications" && i === 1) expect(log).toHaveBeenCalledWith(expect.stringMatching(/^0000000000000001 .* sent 42 bytes$/));
    stop.abort();
    log.mockRestore();
    scope.unload();
  },
);

test("every page that a guide links to is there", () => {
  for (const page of ["applications", "from-vlcp", "from-ryu"]) {
    const text = readFileSync(join(ROOT, `docs/guide/${page}.md`), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      expect(() => readFileSync(join(ROOT, "docs/guide", target!)), `${page} -> ${target}`).not.toThrow();
    }
  }
});

test("every name of the library that the guides use exists", async () => {
  const rooms = await Promise.all(
    ["ofp", "controller", "bytes", "packet", "vconn"].map((room) => import(`${ROOT}/src/${room}/mod.ts`) as Promise<object>),
  );
  const known = new Set(rooms.flatMap((room) => Object.keys(room)));
  const used = [
    "FlowModCommand",
    "PortNo",
    "PacketInReason",
    "NO_BUFFER",
    "masked",
    "parseMac",
    "formatMac",
    "apply",
    "Output",
    "SetField",
    "Resubmit",
    "Learn",
    "ControllerRole",
    "messageFromJSON",
    "ethernetOf",
    "BulkError",
    "OpenFlowError",
    "ProtocolError",
    "GroupFeaturesRequest",
    "Rconn",
    "serve",
  ];
  for (const name of used) {
    expect(known, name).toContain(name);
  }
});
