import { type Element, type Field, type FieldNote, type Kind, list, U16 } from "../../schema/mod.js";
import { PORT16 } from "../port/port-no.js";

/** Numbers of one size as elements of a list. */
const sized = <T>(kind: Kind<T>): Element<T> => ({ ...kind, frame: () => undefined, exact: () => kind.size });

const NUMBER = sized(U16);
const PORT = sized(PORT16);

/** A field that holds a list of numbers of 16 bits. */
export const u16List = (note?: FieldNote): Field<readonly number[]> => list(NUMBER, note);
/** A field that holds a list of ports, which lie on the wire in 16 bits. */
export const portList = (note?: FieldNote): Field<readonly number[]> => list(PORT, note);
