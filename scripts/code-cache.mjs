// @ts-check
/**
 * Lays what V8 makes of `dist/ofctl/ofctl.cjs` beside it, for the Node that runs this: `ofctl` starts in half the time by it. Node takes it for no other version than its own, and without it compiles
 * the file as ever. Does nothing where there is no such file; never fails an installation.
 *
 * As a program: `node scripts/code-cache.mjs`
 */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FILE = join(ROOT, "dist", "ofctl", "ofctl.cjs");
const HEADER = "(function(exports,require,module,__filename,__dirname){";

/** Commands by which the functions that most of them need are compiled. @param {string} target */
const COMMANDS = (target) => [
  ["show", target],
  ["-O", "OpenFlow13", "add-flow", target, "tcp,nw_dst=10.0.0.0/8,tp_dst=80 actions=mod_dl_dst:02:00:00:00:00:01,output:1"],
  ["-O", "OpenFlow13", "dump-flows", target],
];

async function main() {
  const script = new Script(`${HEADER}${readFileSync(FILE, "utf8")}\n})`, {
    filename: FILE,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  /** @type {{ main?: (words: string[]) => Promise<number> }} */
  const exports = {};
  script.runInThisContext()(exports, createRequire(FILE), { exports }, FILE, dirname(FILE));
  const { Switch } = await import(new URL("../dist/switch/mod.js", import.meta.url).href);
  const dir = mkdtempSync(join(tmpdir(), "southbound-code-"));
  const { write } = process.stdout;
  const bridge = new Switch({ datapathId: 1n });
  try {
    await bridge.listen(`punix:${dir}/br0.mgmt`);
    process.stdout.write = () => true;
    for (const words of COMMANDS(`unix:${dir}/br0.mgmt`)) await exports.main?.(words);
  } finally {
    process.stdout.write = write;
    await bridge.close();
    rmSync(dir, { recursive: true, force: true });
  }
  const cache = `${FILE}.${process.version}`;
  writeFileSync(`${cache}.${process.pid}`, script.createCachedData());
  renameSync(`${cache}.${process.pid}`, cache);
}

if (existsSync(FILE)) {
  try {
    await main();
  } catch {
    // it starts without it, too
  }
}
process.exitCode = 0;
