/** What the messages of the corpus are made of. */
import { fromHex } from "../../../src/bytes/mod.js";
import { ActionId, InstructionId, Port, PortNo, tableProperty } from "../../../src/ofp/mod.js";

export const bytes = fromHex;

const CLIENT = 0x02_00_00_00_00_01;
const SERVER = 0x02_00_00_00_00_02;

/** Asks for 10.0.0.2. */
export const ARP = fromHex("ffffffffffff02000000000108060001080006040001020000000001" + "0a000001" + "000000000000" + "0a000002");

/** The first segment of a connection to port 80, its time to live 64. */
export const TCP = fromHex(
  "020000000002" + "020000000001" + "0800" + "4500002800010000400666cd0a0000010a000002" + "c000005000000001000000005002ffff3db20000",
);

export const ETH1 = Port.of({ portNo: 1, hwAddr: CLIENT, name: "eth1", curr: 0x2808, supported: 0x200f, config: 16, state: 1 });
export const LOCAL = Port.of({ portNo: PortNo.Local, hwAddr: SERVER, name: "br0" });
export const ETH1_13 = Port.of({
  portNo: 1,
  hwAddr: CLIENT,
  name: "eth1",
  curr: 0x2840,
  state: 4,
  config: 1,
  currSpeed: 10_000_000,
  maxSpeed: 10_000_000,
});
export const LOCAL_13 = Port.of({ portNo: PortNo.Local, hwAddr: SERVER, name: "br0\u0001x", state: 3 });

/** The properties that a table must have; those of the tables behind the first are alike. */
export function propertiesOf(tableId: number) {
  const next = [1, 2, 3].filter((t) => t > tableId);
  return [
    tableProperty("instructions", [InstructionId.of({ id: 1 }), InstructionId.of({ id: 4 })]),
    tableProperty("next-tables", next),
    tableProperty("write-actions", [ActionId.of({ id: 0 })]),
    tableProperty("apply-actions", [ActionId.of({ id: 0 }), ActionId.of({ id: 25 })]),
    tableProperty("match", [0x80000004, 0x8000070c, 0x8000090c, 0x80001708, 0x80001908, 0x80000a02]),
    tableProperty("wildcards", [0x80000004]),
    tableProperty("write-setfield", []),
    tableProperty("apply-setfield", [0x80000606, 0x80000806, 0x80000c02]),
  ];
}
