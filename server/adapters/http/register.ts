// The routes of the register: enterprises, sites and devices, their credentials, and tables in and out.
import type { FastifyReply, FastifyRequest } from "fastify";
import { Type, type TSchema } from "typebox";
import type { AuditActor } from "../../../contract/audit.ts";
import type { Approval } from "../../../contract/command.ts";
import type { FaultCode } from "../../../contract/faults.ts";
import {
  deviceEntrySchema,
  enterpriseSchema,
  openSchema,
  pinSchema,
  reasonSchema,
  registeredSiteSchema,
  type RegisterKind,
  rotateSchema,
} from "../../../contract/register.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";

/** What came of an act. */
export type DeskAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: FaultCode; readonly faults?: readonly string[] };

interface DeviceName {
  readonly site: string;
  readonly device: string;
}

/** Whoever keeps the register. */
export interface RegisterDesk {
  readonly list: (kind: RegisterKind) => object;
  readonly save: (kind: RegisterKind, entry: never, isNew: boolean, actor: AuditActor) => DeskAnswer;
  readonly mark: (
    kind: "enterprises" | "sites",
    id: string,
    verb: "retire" | "restore",
    actor: AuditActor,
  ) => DeskAnswer;
  readonly markDevice: (name: DeviceName, verb: "retire" | "restore", actor: AuditActor) => DeskAnswer;
  /** Without a passed trial it takes a second administrator beside the first. */
  readonly open: (
    name: DeviceName,
    actor: AuditActor,
    by: { readonly person: Person; readonly approval: Approval | undefined },
  ) => Promise<DeskAnswer>;
  readonly rotate: (name: DeviceName, overlapMs: number, actor: AuditActor) => DeskAnswer;
  readonly revoke: (name: DeviceName, actor: AuditActor) => DeskAnswer;
  readonly pin: (name: DeviceName, fingerprint: string, actor: AuditActor) => DeskAnswer;
  readonly importTable: (kind: RegisterKind, bytes: Uint8Array, actor: AuditActor) => DeskAnswer;
  readonly exportTable: (kind: RegisterKind) => string;
}

/** Who asks, and what stands before each route. */
export interface RegisterRoutes {
  readonly desk: RegisterDesk;
  readonly personOf: PersonOf;
  readonly mustAdminister: Gate;
}

/** 5,000 lines of a device with many names. */
const TABLE_LIMIT_BYTES = 4 * 1024 * 1024;
/** A device may have thousands of names. */
const ENTRY_LIMIT_BYTES = 512 * 1024;
const USUAL_OVERLAP_HOURS = 24;
const HOUR_MS = 3_600_000;

const kinds = { enterprises: enterpriseSchema, sites: registeredSiteSchema, devices: deviceEntrySchema } as const;
const kindSchema = Type.Object(
  { kind: Type.Union([Type.Literal("enterprises"), Type.Literal("sites"), Type.Literal("devices")]) },
  { additionalProperties: false },
);
const idSchema = Type.Object({ id: Type.String({ maxLength: 64 }) });
const deviceSchema = Type.Object({ site: Type.String({ maxLength: 64 }), device: Type.String({ maxLength: 64 }) });

/** Adds the routes. */
export function addRegisterRoutes(app: App, routes: RegisterRoutes): void {
  const { desk, mustAdminister: onRequest } = routes;
  for (const kind of Object.keys(kinds) as RegisterKind[]) {
    const path = `/api/register/${kind}`;
    const schema: { body: TSchema } = { body: kinds[kind] };
    app.get(path, { onRequest }, async () => desk.list(kind));
    app.post(path, { onRequest, schema, bodyLimit: ENTRY_LIMIT_BYTES }, async (request, reply) =>
      answer(reply, desk.save(kind, request.body as never, true, actorOf(routes, request))),
    );
    app.put(path, { onRequest, schema, bodyLimit: ENTRY_LIMIT_BYTES }, async (request, reply) =>
      answer(reply, desk.save(kind, request.body as never, false, actorOf(routes, request))),
    );
  }
  for (const kind of ["enterprises", "sites"] as const) {
    for (const verb of ["retire", "restore"] as const) {
      const schema = { params: idSchema, body: reasonSchema };
      app.post(`/api/register/${kind}/:id/${verb}`, { onRequest, schema }, async (request, reply) =>
        answer(reply, desk.mark(kind, request.params.id, verb, actorOf(routes, request, request.body.reason))),
      );
    }
  }
  addDeviceRoutes(app, routes);
  addTableRoutes(app, routes);
}

function addDeviceRoutes(app: App, routes: RegisterRoutes): void {
  const { desk, mustAdminister: onRequest } = routes;
  const path = (verb: string): string => `/api/register/devices/:site/:device/${verb}`;
  const schema = { params: deviceSchema, body: reasonSchema };
  for (const verb of ["retire", "restore"] as const) {
    app.post(path(verb), { onRequest, schema }, async (request, reply) =>
      answer(reply, desk.markDevice(request.params, verb, actorOf(routes, request, request.body.reason))),
    );
  }
  app.post(path("open"), { onRequest, schema: { ...schema, body: openSchema } }, async (request, reply) => {
    const person = routes.personOf(request);
    if (person === null) return refuse(reply, "NOT_LOGGED_IN");
    const { reason, approval } = request.body;
    return answer(reply, await desk.open(request.params, actorOf(routes, request, reason), { person, approval }));
  });
  app.post(path("revoke"), { onRequest, schema }, async (request, reply) =>
    answer(reply, desk.revoke(request.params, actorOf(routes, request, request.body.reason))),
  );
  app.post(path("rotate"), { onRequest, schema: { ...schema, body: rotateSchema } }, async (request, reply) => {
    const { overlapHours = USUAL_OVERLAP_HOURS, reason } = request.body;
    return answer(reply, desk.rotate(request.params, overlapHours * HOUR_MS, actorOf(routes, request, reason)));
  });
  app.post(path("pin"), { onRequest, schema: { ...schema, body: pinSchema } }, async (request, reply) => {
    const { fingerprint, reason } = request.body;
    return answer(reply, desk.pin(request.params, fingerprint, actorOf(routes, request, reason)));
  });
}

function addTableRoutes(app: App, routes: RegisterRoutes): void {
  const { desk, mustAdminister: onRequest } = routes;
  app.addContentTypeParser("text/csv", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const schema = { querystring: kindSchema };
  const bodyLimit = TABLE_LIMIT_BYTES;
  app.post("/api/register/import", { onRequest, schema, bodyLimit }, async (request, reply) => {
    const { body } = request;
    if (!(body instanceof Uint8Array)) return refuse(reply, "TABLE_INVALID", { faults: ["send it as text/csv"] });
    return answer(reply, desk.importTable(request.query.kind, body, actorOf(routes, request)));
  });
  app.get("/api/register/export", { onRequest, schema }, async (request, reply) =>
    reply
      .type("text/csv; charset=utf-8")
      .header("content-disposition", `attachment; filename="${request.query.kind}.csv"`)
      // The byte order mark tells spreadsheets that this is UTF-8.
      .send(`\uFEFF${desk.exportTable(request.query.kind)}`),
  );
}

function actorOf({ personOf }: RegisterRoutes, request: FastifyRequest, reason?: string): AuditActor {
  const person = personOf(request);
  return {
    by: person === null ? null : { name: person.name, role: person.role },
    from: request.ip,
    ...(reason === undefined ? {} : { reason }),
  };
}

function answer(reply: FastifyReply, done: DeskAnswer): unknown {
  if (done.ok) return { result: done.result };
  return refuse(reply, done.code, done.faults === undefined ? {} : { faults: done.faults });
}
