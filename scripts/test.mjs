// @ts-check
/**
 * Runs the checks of the project and sums them up.
 *
 * `node scripts/test.mjs` runs all: types, lint, unit, interop. With the name of one of these as first word it runs that one, and hands the
 * words behind it to the tool: `node scripts/test.mjs unit test/ofp -t hello`. A step that fails does not keep the others from running; the
 * exit status is 1 if any did. The last line counts the tests: `N passed, N failed, N skipped`.
 *
 * With `CI=true` a peer that is missing is a failure.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, setupOrExit } from "./setup.mjs";

const CI = process.env.CI === "true" || process.env.CI === "1";
const STEPS = ["types", "lint", "unit", "interop"];

const [first, ...rest] = process.argv.slice(2);
if (first !== undefined && !STEPS.includes(first)) {
  process.stderr.write(`test: there is no step "${first}"; the steps are ${STEPS.join(", ")}\n`);
  process.exit(2);
}
const steps = first === undefined ? STEPS : [first];

setupOrExit({ build: first !== "lint" });

const counts = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failedSteps = [];
/** How many tests each missing peer kept from running. @type {Map<string, number>} */
const missing = new Map();
let withoutPeer = 0;

/**
 * Runs a program of node_modules in this terminal.
 * @param {string} program - its file below node_modules
 * @param {string[]} args
 */
function tool(program, args) {
  const done = spawnSync(process.execPath, [join(ROOT, "node_modules", program), ...args], { cwd: ROOT, stdio: "inherit" });
  return done.status === 0;
}

/** Whether this is a Debian or Ubuntu on which this user may install packages. */
function canInstallPeers() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/etc/os-release")) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync("/etc/os-release", "utf8"));
}

function installPeers() {
  if (!canInstallPeers()) return;
  const done = spawnSync("bash", [join(ROOT, "scripts", "install-peers.sh")], { cwd: ROOT, stdio: "inherit" });
  if (done.status !== 0 && CI) failedSteps.push("install-peers");
}

/**
 * Adds what a run of vitest found to the counts.
 * @param {string} report - the file of vitest's json reporter
 */
function count(report) {
  if (!existsSync(report)) {
    counts.failed++;
    return;
  }
  for (const file of JSON.parse(readFileSync(report, "utf8")).testResults) {
    // A file that could not be loaded has no tests to count.
    if (file.status === "failed" && file.assertionResults.length === 0) counts.failed++;
    for (const test of file.assertionResults) {
      if (test.status === "passed") counts.passed++;
      else if (test.status === "failed") counts.failed++;
      else counts.skipped++;
      const peers = test.status === "passed" || test.status === "failed" ? undefined : test.meta?.missingPeers;
      if (peers === undefined) continue;
      withoutPeer++;
      for (const peer of peers) missing.set(peer, (missing.get(peer) ?? 0) + 1);
    }
  }
}

/**
 * @param {"unit" | "interop"} project
 * @param {string[]} words
 */
function vitest(project, words) {
  const dir = mkdtempSync(join(tmpdir(), "southbound-test-"));
  try {
    const report = join(dir, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const ok = tool("vitest/vitest.mjs", ["run", "--project", project, "--passWithNoTests", ...reporters, ...words]);
    count(report);
    return ok;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * @param {string} step
 * @param {string[]} words
 */
function runStep(step, words) {
  switch (step) {
    case "types":
      return tool("typescript/bin/tsc", ["--noEmit", "-p", "tsconfig.test.json", ...words]);
    case "lint":
      return tool("@biomejs/biome/bin/biome", ["check", "--error-on-warnings", ...words]);
    case "unit":
      return vitest("unit", words);
    default:
      installPeers();
      return vitest("interop", words);
  }
}

for (const step of steps) {
  process.stdout.write(`--- ${step}\n`);
  if (!runStep(step, rest)) failedSteps.push(step);
}

if (withoutPeer > 0) {
  const peers = [...missing].map(([peer, tests]) => `${peer} (${tests})`).join(", ");
  process.stdout.write(`skipped because a peer is missing: ${withoutPeer}; not installed: ${peers}\n`);
}
if (failedSteps.length > 0) {
  process.stdout.write(`failed: ${failedSteps.join(", ")}\n`);
  process.exitCode = 1;
}
if (steps.includes("unit") || steps.includes("interop")) {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
}
