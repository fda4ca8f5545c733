// What every request and every answer passes: security headers, the same-site rule, and the one shape of a refusal.
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import { type FaultCode, faults } from "../../../contract/faults.ts";
import type { Estimate } from "../../../contract/series.ts";
import type { Person } from "../../../contract/wall.ts";
import type { Log } from "../../log.ts";

/** Lets a request through, or refuses it. */
export type Gate = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
/** Who asks; null: nobody has logged in. */
export type PersonOf = (request: FastifyRequest) => Person | null;

/** Fastify, with routes typed by their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

const statuses: Readonly<Partial<Record<FaultCode, number>>> = {
  NOT_LOGGED_IN: 401,
  LOGIN_FAILED: 401,
  NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  MESSAGE_TOO_LARGE: 413,
  ENTRY_TAKEN: 409,
  ENTRY_RETIRED: 409,
  CERTIFICATE_TAKEN: 409,
  NAME_TAKEN: 409,
  LAST_ADMINISTRATOR: 409,
  WALL_UNKNOWN: 401,
  WALL_BOUND: 403,
  ALARM_NOT_FOUND: 404,
  ATTACHMENT_NOT_FOUND: 404,
  STORAGE_FULL: 507,
  EVIDENCE_TOO_LARGE: 413,
  EVIDENCE_RECORD_DAMAGED: 409,
  RULE_CHANGED: 409,
  TRIAL_RUNS: 409,
  TRIAL_NOT_POSSIBLE: 409,
  TRIAL_NEEDS_BROKER: 409,
  RULE_NOT_ANNOUNCED: 409,
  RULE_ANNOUNCEMENT_CHANGED: 409,
  RULE_NOT_BACK_TESTED: 409,
  DRAFT_CHANGED: 409,
  BACKTEST_RUNS: 409,
  SHADOWS_FULL: 409,
  QUERY_TOO_LARGE: 413,
  FEED_TOO_OLD: 410,
  EMBED_UNKNOWN: 401,
  JOURNAL_UNAVAILABLE: 503,
  TOO_MANY_ATTEMPTS: 429,
  OVERLOADED: 503,
};

/** What every answer carries. */
// Styles inline: Vue and ECharts set them on elements. Scripts never.
export const headers: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self' ws: wss:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** The one place from which a refusal goes out. */
export function refuse(
  reply: FastifyReply,
  code: FaultCode,
  {
    status = statuses[code] ?? 400,
    ...more
  }: { readonly status?: number; readonly faults?: readonly string[]; readonly estimate?: Estimate } = {},
): FastifyReply {
  // Here too: an address that cannot be read is refused before any hook.
  return reply
    .headers(headers)
    .code(status)
    .send({ code, message: faults[code], ...more });
}

/** What every request and every answer passes: headers, the same-site rule, and one shape of refusal. */
export function addGuards(app: App, log: Log): void {
  // A form of another site can send text/plain without being asked; JSON it cannot.
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    // A year, and only where it is spoken: a plain address in a duty room must not be shut by it.
    if (request.protocol === "https") reply.header("strict-transport-security", "max-age=31536000");
    if (request.url.startsWith("/api")) reply.header("cache-control", "no-store");
    const isReading = request.method === "GET" || request.method === "HEAD";
    return isReading || isOwnSite(request) ? undefined : refuse(reply, "NOT_ALLOWED");
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.validationContext !== undefined) {
      return refuse(reply, error.validationContext === "body" ? "COMMAND_INVALID" : "QUERY_INVALID");
    }
    if (error.code === "FST_ERR_CTP_INVALID_JSON_BODY") return refuse(reply, "MESSAGE_BAD_JSON");
    if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return refuse(reply, "MESSAGE_TOO_LARGE");
    const status = error.statusCode ?? 500;
    // What lies outside the dashboard's folder is not there, rather than forbidden.
    if (status === 403 || status === 404) return refuse(reply, "NOT_FOUND");
    if (status < 500) return refuse(reply, "COMMAND_INVALID", { status });
    log.error("a request failed", { method: request.method, path: request.url.split("?")[0], error });
    return refuse(reply, "OVERLOADED");
  });
}

/**
 * Beside SameSite=Strict: a browser says where a POST comes from, and other sites have nothing to do here. What says nothing
 * is no browser, and must then not live on a browser's cookie, unless it sends a header that no other site can send (OWASP,
 * cross-site request forgery prevention: custom request headers).
 */
function isOwnSite({ headers: sent, host }: FastifyRequest): boolean {
  const { origin, cookie } = sent;
  const site = sent["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  if (origin !== undefined) return hostOf(origin) === host;
  return cookie === undefined || sent["x-skyground"] !== undefined;
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
