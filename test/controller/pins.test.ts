import { expect, test } from "vitest";
import { checkPin } from "../../src/controller/pins.js";

const shown = { commonName: "sw1", fingerprint: "ab".repeat(32), subject: "CN=sw1", validTo: "", raw: new Uint8Array() };

test("a pin is a common name or a fingerprint, and binds its own datapath id only", () => {
  const colons = "AB:".repeat(32).slice(0, -1);
  const pins = new Map([
    [1n, "sw1"],
    [2n, "sw2"],
    [3n, colons],
    [4n, "cd".repeat(32)],
    [5n, ""],
  ]);
  for (const id of [1n, 3n, 9n]) expect(checkPin(pins, id, shown, "it"), String(id)).toBeNull();
  expect(checkPin(undefined, 1n, null, "it")).toBeNull();
  for (const id of [2n, 4n, 5n]) expect(checkPin(pins, id, shown, "it")?.code, String(id)).toBe("EPROTO");
  expect(checkPin(pins, 1n, null, "dp 1")?.message).toBe(
    'dp 1: refused, since its datapath id is pinned to the certificate "sw1", and it has shown none',
  );
  expect(checkPin(pins, 5n, { ...shown, commonName: "" }, "it")?.code).toBe("EPROTO");
});
