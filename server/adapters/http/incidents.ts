// The routes of incidents: those of the past, and the files beside them, up and down.
import { Buffer } from "node:buffer";
import { Type } from "typebox";
import { mostAttachmentBytes, type StoredAttachment } from "../../../contract/attachment.ts";
import type { FaultCode } from "../../../contract/faults.ts";
import type { Attachment } from "../../../contract/incident.ts";
import { type IncidentList, type IncidentQuery, incidentQuerySchema } from "../../../contract/incident-list.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";

/** Whoever has the incidents. */
export interface IncidentDesk {
  /** Those that this person may see. */
  readonly list: (query: IncidentQuery, person: Person | null) => IncidentList;
  readonly take: (
    body: Uint8Array,
    mediaType: string,
  ) => Promise<
    { readonly ok: true; readonly stored: StoredAttachment } | { readonly ok: false; readonly code: FaultCode }
  >;
  /** Null: there is no such file, or it is beside no such incident that this person may see. */
  readonly read: (
    hash: string,
    incident: string,
    person: Person | null,
  ) => Promise<{ readonly attachment: Attachment; readonly body: Uint8Array } | null>;
}

/** Who asks, and what stands before the routes. */
export interface IncidentRoutes {
  readonly incidents: IncidentDesk;
  readonly personOf: PersonOf;
  readonly mustView: Gate;
  readonly mustAttach: Gate;
}

/** Each holds its file in memory until it is written. */
const MOST_UPLOADS = 4;
const hashSchema = Type.Object({ hash: Type.String({ pattern: "^[0-9a-f]{64}$" }) });
const ofIncidentSchema = Type.Object(
  { incident: Type.String({ minLength: 1, maxLength: 300 }) },
  { additionalProperties: false },
);

/** Adds the routes. */
export function addIncidentRoutes(app: App, { incidents, personOf, mustView, mustAttach }: IncidentRoutes): void {
  app.get("/api/incidents", { onRequest: mustView, schema: { querystring: incidentQuerySchema } }, (request, reply) =>
    reply.send(incidents.list(request.query, personOf(request))),
  );

  app.get(
    "/api/attachments/:hash",
    { onRequest: mustView, schema: { params: hashSchema, querystring: ofIncidentSchema } },
    async (request, reply) => {
      const found = await incidents.read(request.params.hash, request.query.incident, personOf(request));
      if (found === null) return refuse(reply, "ATTACHMENT_NOT_FOUND");
      const { name, mediaType } = found.attachment;
      // Always to be saved, never to be shown: whatever it is, no browser runs it under this address.
      return reply
        .type(mediaType)
        .header("content-disposition", dispositionOf(name))
        .header("x-content-type-options", "nosniff")
        .header("content-security-policy", "sandbox; default-src 'none'")
        .send(Buffer.from(found.body));
    },
  );

  // In a room of its own: its bodies are bytes, and nobody else's are.
  void app.register(async (room) => addUpload(room as unknown as App, incidents, mustAttach));
}

function addUpload(room: App, incidents: IncidentDesk, mustAttach: Gate): void {
  let uploads = 0;
  room.removeAllContentTypeParsers();
  room.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: mostAttachmentBytes }, (_request, body, done) =>
    done(null, body),
  );
  room.setErrorHandler((error: { readonly code?: string }, _request, reply) => {
    if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return refuse(reply, "ATTACHMENT_INVALID", { status: 413 });
    throw error;
  });
  const makeRoom: Gate = async (request, reply) => {
    const refused = await mustAttach(request, reply);
    if (refused !== undefined) return refused;
    if (uploads >= MOST_UPLOADS) return refuse(reply, "OVERLOADED");
    uploads += 1;
    reply.raw.once("close", () => {
      uploads -= 1;
    });
    return undefined;
  };
  room.post("/api/attachments", { onRequest: makeRoom, bodyLimit: mostAttachmentBytes }, async (request, reply) => {
    const { body } = request;
    const mediaType = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    if (!Buffer.isBuffer(body)) return refuse(reply, "ATTACHMENT_INVALID");
    const taken = await incidents.take(body, mediaType);
    return taken.ok ? reply.code(201).send(taken.stored) : refuse(reply, taken.code);
  });
}

/** The name as the person gave it, for browsers that know RFC 8187, and a plain one for the others. */
function dispositionOf(name: string): string {
  const plain = name.replaceAll(/[^\w.-]/gu, "_");
  // A half of a pair is no character, and would stop the encoding.
  const text = name.replaceAll(/\p{Surrogate}/gu, "_");
  const whole = encodeURIComponent(text).replaceAll(/['()*]/gu, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
