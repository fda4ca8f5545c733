// Which points of a site a joint condition looks at: by code, by kind, by zone, or the one whose rule it is.
import { below, element, type FaultList, type Place } from "./fault-list.ts";
import type { MembersFile, SelectionFile } from "./rule-schema.ts";

/** What others need to know of a point before any rule is worked out. */
export interface Seat {
  readonly id: string;
  readonly code: string;
  readonly kind: string;
  readonly zone: string;
  readonly unit: string;
}

/** Who is there. */
export interface Company {
  /** Null: a catalogue on its own, which knows its kinds but no points. */
  readonly seats: readonly Seat[] | null;
  /** Whose rule it is; null for a rule of the site. */
  readonly self: Seat | null;
  /** Of the sector; null where kinds are not to be had, which is told already. */
  readonly kinds: ReadonlySet<string> | null;
}

/** The points chosen, and whether what is said must hold for all of them. */
export interface Chosen {
  readonly seats: readonly Seat[];
  readonly isAll: boolean;
  /** In words, for what is not there. */
  readonly sought: string;
}

/** The points as written, each once; a selection may find none, which is the caller's to judge. */
export function membersOf(written: MembersFile, place: Place, company: Company, faults: FaultList): Chosen {
  const list = typeof written === "string" || !Array.isArray(written) ? [written as string | SelectionFile] : written;
  const isList = list === written;
  const found = new Map<string, Seat>();
  for (const [index, each] of list.entries()) {
    const at = isList ? element(place, index, undefined) : place;
    const seats = typeof each === "string" ? named(each, at, company, faults) : selected(each, at, company, faults);
    for (const seat of seats) found.set(seat.id, seat);
  }
  return {
    seats: [...found.values()],
    isAll: list.some((each) => typeof each !== "string" && each.isAll === true),
    sought: list.map(wordsOf).join(", "),
  };
}

function wordsOf(written: string | SelectionFile): string {
  if (typeof written === "string") return `point ${written}`;
  const kind = written.kind === undefined ? "point" : `point of kind ${written.kind}`;
  const where = written.zone === undefined ? "" : written.zone === "own" ? " in its zone" : ` in zone ${written.zone}`;
  return `${written.isOthers === true ? "other " : ""}${kind}${where}`;
}

function named(code: string, place: Place, company: Company, faults: FaultList): readonly Seat[] {
  if (code === "self") return ownSeat(place, company, faults);
  const seat = company.seats?.find((each) => each.code === code);
  if (seat === undefined && company.seats !== null) faults.add(place, `unknown point ${code} on this site`);
  if (company.seats === null) faults.add(place, `a catalogue knows no points such as ${code}: choose by kind and zone`);
  return seat === undefined ? [] : [seat];
}

function ownSeat(place: Place, { self, seats }: Company, faults: FaultList): readonly Seat[] {
  if (self === null && seats !== null) faults.add(place, "a rule of a site has no point that is self");
  return self === null ? [] : [self];
}

function selected(written: SelectionFile, place: Place, company: Company, faults: FaultList): readonly Seat[] {
  const { self } = company;
  const seats = company.seats ?? [];
  const { zone, isOthers } = written;
  const kind = written.kind === "own" ? self?.kind : written.kind;
  if (written.kind === "own" && ownSeat(below(place, "kind"), company, faults).length === 0) return [];
  const isKnown = [...(company.kinds ?? []), ...seats.map((each) => each.kind)].some((each) => isOfKind(each, kind));
  if (company.kinds !== null && !isKnown) {
    faults.add(below(place, "kind"), `unknown kind ${kind}`);
    return [];
  }
  if ((zone === "own" || isOthers === true) && ownSeat(place, company, faults).length === 0) return [];
  const isKnownZone = zone === undefined || zone === "own" || seats.some((each) => each.zone === zone);
  if (!isKnownZone && company.seats !== null) {
    faults.add(below(place, "zone"), `unknown zone ${zone} on this site`);
    return [];
  }
  const wanted = zone === "own" ? self?.zone : zone;
  return seats.filter(
    (each) =>
      isOfKind(each.kind, kind) &&
      (wanted === undefined || each.zone === wanted) &&
      (isOthers !== true || each.id !== self?.id),
  );
}

/** `gas_*` means every kind whose name begins so. */
function isOfKind(kind: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return wanted.endsWith("*") ? kind.startsWith(wanted.slice(0, -1)) : kind === wanted;
}

/** Says where members of one setpoint differ in unit. */
export function checkOneUnit(seats: readonly Seat[], place: Place, faults: FaultList): void {
  const [first] = seats;
  const other = seats.find((each) => each.unit !== first?.unit);
  if (first === undefined || other === undefined) return;
  faults.add(
    place,
    `${first.code} is in ${first.unit} and ${other.code} in ${other.unit}: one number cannot judge both`,
  );
}
