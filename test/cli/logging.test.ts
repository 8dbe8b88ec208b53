/** What is logged is one safe line each, from the asked level up. */
import { expect, test } from "vitest";
import { formatLine, type LogLine, logTo, printable } from "../../src/cli/southbound/logging.js";
import { activeName, reachable } from "../../src/cli/southbound/serving.js";

test("a line has the time of day, the level and the text", () => {
  const lines: LogLine[] = [];
  const log = logTo("info", (line) => lines.push(line));
  log("debug", "hidden");
  log("info", "shown");
  log("error", "bad");
  expect(lines.map((line) => formatLine(line, false))).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} info {2}shown$/),
    expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} error bad$/),
  ]);
  expect(formatLine(lines[1]!, true).endsWith("bad\x1b[0m")).toBe(true);
  logTo("silent", () => expect.unreachable())("error", "nobody hears");
});

test("what a peer has put into a text steers no terminal and makes no second line", () => {
  expect(printable("name \x1b[2J\x07 and \x9b31m\u202eabc")).toBe("name \\x1b[2J\\x07 and \\x9b31m\\x202eabc");
  expect(printable("Error: first\n    at second\n")).toBe("Error: first; at second");
});

test("the switches of the demo find the place that is listened at", () => {
  expect(activeName("ptcp:6653:127.0.0.1")).toBe("tcp:127.0.0.1:6653");
  expect(activeName("ptcp:1:[::]")).toBe("tcp:[::1]:1");
  expect(activeName("pssl:6653:0.0.0.0")).toBe("ssl:127.0.0.1:6653");
  expect(activeName("punix:/run/of.sock")).toBe("unix:/run/of.sock");
  expect(activeName("pother:x")).toBeUndefined();
  expect(reachable(["pother:x", "ptcp:1:0.0.0.0", "punix:/f"])).toBe("unix:/f");
  expect(reachable(["pother:x", "ptcp:1:0.0.0.0"])).toBe("tcp:127.0.0.1:1");
  expect(reachable(["pother:x"])).toBeUndefined();
});
