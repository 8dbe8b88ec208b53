/** The room where the addon is not there, or the system is another. */
import { expect, test, vi } from "vitest";
import { SouthboundError } from "../../src/errors/mod.js";
import { MemifClient, MemifServer, MemifSocket } from "../../src/memif/mod.js";

const native = vi.hoisted(() => vi.fn());
vi.mock("../../src/native/mod.js", () => ({ native }));

test("importing it loads nothing; using it says what is missing", () => {
  expect(native).not.toHaveBeenCalled();
  native.mockImplementation((purpose: string) => {
    throw new SouthboundError("ERR_NATIVE", `${purpose} needs the native addon: no C compiler`);
  });
  for (const make of [() => new MemifSocket("@x"), () => new MemifServer({ socket: "@x" }), () => new MemifClient({ socket: "@x" })]) {
    expect(make).toThrow(expect.objectContaining({ code: "ERR_NATIVE", message: "memif needs the native addon: no C compiler" }));
  }
});

test("an addon of a system without memif is told apart", () => {
  native.mockImplementation(() => ({ pollStart: () => -1 }));
  expect(() => new MemifSocket("@x")).toThrow(
    expect.objectContaining({ code: "ERR_NATIVE", message: expect.stringMatching(/^memif needs Linux/) }),
  );
});
