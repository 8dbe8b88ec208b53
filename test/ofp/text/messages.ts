/** What the messages of the corpus are made of. */
import { fromHex } from "../../../src/bytes/mod.js";
import { Port, PortNo, tableProperty } from "../../../src/ofp/mod.js";

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
    tableProperty("instructions", fromHex("0001000400040004")),
    tableProperty("next-tables", Uint8Array.from(next)),
    tableProperty("write-actions", fromHex("00000004")),
    tableProperty("apply-actions", fromHex("0000000400190004")),
    tableProperty("match", fromHex("800000048000070c8000090c8000170880001908" + "80000a02")),
    tableProperty("wildcards", fromHex("80000004")),
    tableProperty("write-setfield", new Uint8Array(0)),
    tableProperty("apply-setfield", fromHex("800006068000080680000c02")),
  ];
}
