/** The names of the library in the tables of the guides. Their programs are run by test/guides. */
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

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
