import { OXM, OXM_SINCE, type OxmField } from "../../oxm/fields.js";
import { Match } from "../../oxm/match.js";
import { MatchEntry } from "../../oxm/match-entry.js";
import type { FieldList } from "./match-of-image.js";

const isWritten = ({ field }: MatchEntry, list: FieldList): boolean =>
  list === 0 || (list < OXM_SINCE ? field !== (OXM.ipEcn as OxmField) : field!.written[list] !== undefined);

/** A field that a version does not have, as Open vSwitch sends it there: by another version's header, or, where there are no headers, not at all. */
function asWritten(e: MatchEntry, list: FieldList): MatchEntry[] {
  if (isWritten(e, list)) return [e];
  if (list < OXM_SINCE) return [];
  const form = e.field!.forms[0]!;
  return [new MatchEntry(e.field, e.mask === undefined ? form.header : form.maskedHeader, e.value, e.mask)];
}

/** A match in the fields that a list has, where its text may have others: see {@link FieldList}. */
export const writtenMatch = (match: Match, list: FieldList): Match =>
  match.entries.some((e) => !isWritten(e, list))
    ? new Match(
        match.entries.flatMap((e) => asWritten(e, list)),
        match.wire,
      )
    : match;
