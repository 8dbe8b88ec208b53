import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, expect, test } from "vitest";
import { loadNative } from "../../src/native/load.js";

const dir = mkdtempSync(join(tmpdir(), "southbound-"));
const place = pathToFileURL(`${dir}/build/`);
const packed = pathToFileURL(`${dir}/prebuilt/`);
afterEach(() => {
  for (const folder of [place, packed]) rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("without the addon the error says why and what to do", () => {
  for (const folder of [place, packed]) mkdirSync(folder);
  const load = (): unknown => loadNative(place, packed, "memif");
  const told = (text: RegExp): unknown => expect.objectContaining({ code: "ERR_NATIVE", message: expect.stringMatching(text) });
  expect(load).toThrow(told(/^memif needs the native addon: it was not built for .*; then run "npm rebuild southbound"$/));
  writeFileSync(new URL("southbound.node", place), "no library");
  expect(load).toThrow(told(/too short|invalid ELF|not valid|slice/));
  writeFileSync(new URL("why-not.txt", place), "no C compiler was found\n");
  expect(load).toThrow(told(/addon: no C compiler was found; then/));
});

test("what came with the package is loaded where nothing was built", () => {
  for (const folder of [place, packed]) mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("why-not.txt", place), "no C compiler was found\n");
  const addon = new URL(`../../native/build/${process.platform}-${process.arch}/southbound.node`, import.meta.url);
  copyFileSync(addon, new URL("southbound.node", packed));
  expect(loadNative(place, packed, "memif").pollStart).toBeTypeOf("function");
});
