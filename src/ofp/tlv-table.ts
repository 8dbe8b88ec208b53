import { named } from "../errors/mod.js";
import { enumeration, list, struct, U16, u8, u16, u32 } from "../schema/mod.js";
import { message, NXT } from "./message.js";

/** Which option of a tunnel's header a field `tun_metadata` stands for. Open vSwitch nicira-ext.h (nx_tlv_map) */
export const TlvMap = struct(
  "TlvMap",
  {
    /** The class of the option, as in a Geneve header. */
    optionClass: u16(),
    optionType: u8(),
    /** Of the option's data: a multiple of 4 up to 124. */
    optionLen: u8(0, { unit: "bytes" }),
    /** The number of the field: 0 to 63. */
    index: u16(),
  },
  { "1.0+": ["optionClass", "optionType", "optionLen", "index", "pad:2"] },
);
/** See the class. */
export type TlvMap = InstanceType<typeof TlvMap>;

/** What is done with the table. Open vSwitch nicira-ext.h (nx_tlv_table_mod_command) */
export const TlvTableCommand = named("TlvTableCommand", { Add: 0, Delete: 1, Clear: 2 });

/** Changes which options the fields `tun_metadata` stand for. Open vSwitch nicira-ext.h (NXT_TLV_TABLE_MOD) */
export const TlvTableMod = message(
  "TlvTableMod",
  "tlv-table-mod",
  { command: enumeration(U16, TlvTableCommand, TlvTableCommand.Add), maps: list(TlvMap) },
  { "1.0+": { key: NXT(24), slots: ["command", "pad:6", "maps"] } },
);
/** See the class. */
export type TlvTableMod = InstanceType<typeof TlvTableMod>;

/** Asks which options the fields `tun_metadata` stand for. Open vSwitch nicira-ext.h (NXT_TLV_TABLE_REQUEST) */
export const TlvTableRequest = message("TlvTableRequest", "tlv-table-request", {}, { "1.0+": { key: NXT(25), slots: [] } });
/** See the class. */
export type TlvTableRequest = InstanceType<typeof TlvTableRequest>;

/** Which options the fields `tun_metadata` stand for. Open vSwitch nicira-ext.h (NXT_TLV_TABLE_REPLY) */
export const TlvTableReply = message(
  "TlvTableReply",
  "tlv-table-reply",
  {
    /** Room for the data of all options together. */
    maxOptionSpace: u32(0, { unit: "bytes" }),
    /** How many fields there are. */
    maxFields: u16(),
    maps: list(TlvMap),
  },
  { "1.0+": { key: NXT(26), slots: ["maxOptionSpace", "maxFields", "pad:10", "maps"] } },
);
/** See the class. */
export type TlvTableReply = InstanceType<typeof TlvTableReply>;
