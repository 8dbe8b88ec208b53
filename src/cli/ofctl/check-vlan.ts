import { vlanForms } from "../../ofp/syntax/mod.js";
import { type Run, write } from "./settings.js";

/** Sixteen bits in hexadecimal, as strtoul() reads them: what is no number counts as 0. */
const bits = (text: string): number => Number(BigInt.asUintN(16, BigInt(`0x${/^\s*\+?(?:0x)?([0-9a-f]+)/i.exec(text)?.[1] ?? "0"}`)));

/** Prints a match on a VLAN tag in each form that matches have, and what each is read as. */
export const checkVlan: Run = ([tci = "", mask = ""]) => write(vlanForms(bits(tci), bits(mask)));
