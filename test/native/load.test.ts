import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { loadNative } from "../../src/native/load.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-"));
const place = pathToFileURL(`${dir}/`);
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test("without the addon the error says why and what to do", () => {
  const load = (): unknown => loadNative(place, "memif");
  const told = (text: RegExp): unknown => expect.objectContaining({ code: "ERR_NATIVE", message: expect.stringMatching(text) });
  expect(load).toThrow(told(/^memif needs the native addon: it was not built for .*; then run "npm rebuild southbound"$/));
  writeFileSync(join(dir, "southbound.node"), "no library");
  expect(load).toThrow(told(/too short|invalid ELF|not valid|slice/));
  writeFileSync(join(dir, "why-not.txt"), "no C compiler was found\n");
  expect(load).toThrow(told(/addon: no C compiler was found; then/));
});
