// The desk of read tokens: each opens exactly what it was made for, and making and ending one is in the audit.
import type { Embed } from "../../contract/embed.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Person } from "../../contract/wall.ts";
import type { EmbedDesk } from "../adapters/http/embeds.ts";
import type { PastDesk, Sight } from "../adapters/http/past.ts";
import type { Register } from "../adapters/register.ts";
import type { Accounts } from "./accounts.ts";

/** What the desk stands on. */
export interface EmbedsOptions {
  readonly register: Pick<Register, "addEmbed" | "listEmbeds" | "findEmbed" | "revokeEmbed" | "embedOf" | "atomically">;
  readonly past: PastDesk;
  readonly plan: () => Plan;
  readonly record: Accounts["record"];
  /** The computer's own clock, epoch ms: tokens end by it. */
  readonly now: () => number;
  /** By which alarms go, epoch ms. */
  readonly clock: () => number;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const trendBuckets = 400;
/** The last word of a page that is asked again: the bounds are whole, so that its curve does not tremble. */
const stepMs = 10_000;

/** Makes the desk. */
export function createEmbeds({ register, past, plan, record, now, clock }: EmbedsOptions): EmbedDesk {
  const seesAll = ({ point, site }: Pick<Embed, "point" | "site">, { sites, seesPoint }: Sight): boolean => {
    if (point !== null) return seesPoint(point);
    if (site !== null) return plan().sites.some(({ id }) => id === site) && (sites?.includes(site) ?? true);
    return true;
  };
  /** What the token lets through: its point, its site, or what its maker could see. */
  const sightOf = ({ point, site, scope, createdBy }: Embed): Sight => {
    const siteOf = new Map(plan().points.map((one) => [one.id, one.site]));
    if (point !== null) return { sites: [], seesPoint: (id) => id === point };
    if (site !== null) return { sites: [site], seesPoint: (id) => siteOf.get(id) === site };
    const maker: Person = { name: createdBy, role: "viewer", tier: "city", ...(scope === undefined ? {} : { scope }) };
    return past.sightOf(maker);
  };

  return {
    add({ kind, point = null, site = null, hosts = [], days }, caller) {
      const { person } = caller;
      const isOfOne = kind === "trend" ? (point === null) !== (site === null) : point === null;
      // A trend that no page may hold is of no use; a feed is read by no page.
      if (!isOfOne || (kind === "trend") !== hosts.length > 0) return { ok: false, code: "COMMAND_INVALID" };
      if (!seesAll({ point, site }, past.sightOf(person))) return { ok: false, code: "NOT_FOUND" };
      const scope = person.scope === undefined ? {} : { scope: person.scope };
      const entry = { kind, point, site, ...scope, hosts, createdBy: person.name, expiresAt: now() + days * dayMs };
      return register.atomically(() => {
        const made = register.addEmbed(entry);
        if (made === null) return { ok: false, code: "OVERLOADED" };
        record(caller, { act: "embed.add", target: made.embed.id }, entry);
        return { ok: true, value: made };
      });
    },
    list: (person) => {
      const sight = past.sightOf(person);
      // A feed of everything is the business of those who see everything.
      return register
        .listEmbeds()
        .filter((one) => seesAll(one, sight) && (one.point !== null || one.site !== null || sight.sites === null));
    },
    revoke({ id }, caller) {
      const embed = register.findEmbed(id);
      if (embed === null || !seesAll(embed, past.sightOf(caller.person))) return { ok: false, code: "NOT_FOUND" };
      return register.atomically(() => {
        if (!register.revokeEmbed(id)) return { ok: false, code: "NOT_FOUND" };
        record(caller, { act: "embed.revoke", target: id }, null);
        return { ok: true, value: { id } };
      });
    },
    find: register.embedOf,
    sightOf,
    async trend(embed, { hours, point: wanted }) {
      const id = embed.point ?? wanted;
      const point = plan().points.find((one) => one.id === id);
      const site = plan().sites.find((one) => one.id === point?.site);
      if (point === undefined || site === undefined) return { ok: false, code: "NOT_FOUND" };
      const to = Math.ceil(clock() / stepMs) * stepMs;
      const query = { from: to - hours * hourMs, to, buckets: trendBuckets };
      const answered = await past.series([point.id], query, sightOf(embed));
      if (!answered.ok) return answered;
      // Who did what at an alarm is nobody's business outside.
      const points = answered.value.points.map((one) => ({ ...one, steps: [], hasMoreSteps: false }));
      const { code, name, unit, decimals, range, report, silentAfterMs } = point;
      return {
        ok: true,
        value: {
          point: { id: point.id, code, name, unit, decimals, range, report, silentAfterMs, site: site.id },
          siteName: site.name,
          series: { ...answered.value, points },
        },
      };
    },
  };
}
