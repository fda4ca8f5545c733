// Incidents outside the monitor: the table of all of them, the files beside them, and what only the house can check of an act.
import { join } from "node:path";
import type { FaultCode } from "../../contract/faults.ts";
import type { Command } from "../../contract/input.ts";
import type { ChangeItem } from "../../contract/wall.ts";
import type { IncidentDesk } from "../adapters/http/incidents.ts";
import { attachmentsDir, openAttachments } from "../adapters/incidents/attachments.ts";
import { openIncidents, type Seen } from "../adapters/incidents.ts";
import type { Register } from "../adapters/register.ts";
import { incidentView } from "../domain/incident.ts";
import type { Log } from "../log.ts";
import type { Monitor } from "../monitor.ts";
import type { Owners } from "./owners.ts";

/** What it stands on. */
export interface IncidentsOptions {
  readonly dataDir: string;
  readonly monitor: Pick<Monitor, "state">;
  readonly owners: Pick<Owners, "sitesOf" | "maySeeOf">;
  readonly register: Pick<Register, "findAccount">;
  readonly log: Log;
  /** The disk takes nothing but the record any more. */
  readonly isFull: () => boolean;
  /** Epoch ms, real time. */
  readonly now: () => number;
}

/** The incidents of a running house. */
export interface Incidents {
  readonly desk: IncidentDesk;
  /** Why an act cannot stand that the monitor would take: a file that is not there, an owner whom nobody knows. */
  readonly refusalOf: (command: Command) => FaultCode | null;
  readonly changed: (items: readonly ChangeItem[]) => void;
  readonly stop: () => void;
}

const sweepEveryMs = 3_600_000;
/** A table that cannot be written to holds each try up for 2 s, and every alarm with it. */
const againAfterMs = 10_000;

/**
 * Opens table and files, and brings both up to what the monitor knows: an incident stays in its state for a day after it was put
 * away, so that a start misses none, however it ended. What the table has of changes that the journal does not is forgotten.
 */
export function keepIncidents(options: IncidentsOptions): Incidents {
  const { dataDir, monitor, owners, register, now, log } = options;
  const table = openIncidents(join(dataDir, "incidents.db"));
  const attachments = openAttachments(join(dataDir, attachmentsDir), options);
  let isBehind = true;
  let failedAt = -Infinity;
  let isOpen = true;

  /** Whatever was missed, for want of room or by a crash, is written from the state. */
  const bringUp = (): void => {
    const { seq, incidents } = monitor.state();
    const known = [...incidents.values()];
    table.put(known.map((incident): Seen => ({ seq, incident: incidentView(incident) })));
    for (const { hash } of known.flatMap((incident) => incident.attachments)) attachments.keep(hash);
    isBehind = false;
  };
  /** A disk that is full, or sick, is no reason to stop judging: the journal has it all, and it is tried again. */
  const attempt = (work: () => void): void => {
    // What is missed meanwhile is in the state, and comes with the next try.
    if (Math.abs(now() - failedAt) < againAfterMs) return;
    try {
      if (isBehind) bringUp();
      work();
    } catch (error) {
      if (!isBehind) log.error("the table of incidents cannot be written; it is tried again", { error });
      isBehind = true;
      failedAt = now();
    }
  };
  table.cutAfter(monitor.state().seq);
  const sweep = (): void => attempt(() => void attachments.sweep(now()));
  sweep();
  const sweeping = setInterval(sweep, sweepEveryMs);

  return {
    desk: {
      list: (query, person) => table.list(query, owners.sitesOf(person)),
      take: attachments.take,
      read: async (hash, id, person) => {
        const incident = table.find(id);
        const attachment = incident?.attachments.find((one) => one.hash === hash);
        if (incident === null || attachment === undefined || !owners.maySeeOf(person, incident.site)) return null;
        const body = await attachments.read(hash);
        return body === null ? null : { attachment, body };
      },
    },
    refusalOf: (command) => {
      if (command.act === "attach") return attachments.holds(command.request) ? null : "ATTACHMENT_NOT_FOUND";
      if (command.act === "assign") return register.findAccount(command.request.owner) === null ? "NOT_FOUND" : null;
      return null;
    },
    changed: (items) => {
      const seen = items.flatMap((item) => (item.type === "incident" ? [item] : []));
      // What the house changes at its very end, the next start writes.
      if (seen.length === 0 || !isOpen) return;
      attempt(() => {
        for (const { entry } of seen) if (entry.kind === "attached") attachments.keep(entry.detail as string);
        // Of several changes in one turn the last one holds.
        const { incidents } = monitor.state();
        const newest = new Map(seen.map(({ id, seq }) => [id, seq]));
        table.put(
          [...newest].flatMap(([id, seq]): readonly Seen[] => {
            const incident = incidents.get(id);
            return incident === undefined ? [] : [{ seq, incident: incidentView(incident) }];
          }),
        );
      });
    },
    stop: () => {
      isOpen = false;
      clearInterval(sweeping);
      table.close();
    },
  };
}
