// What every request and every answer passes: security headers, the same-site rule, and the one shape of a refusal.
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import { type FaultCode, faults } from "../../../contract/faults.ts";
import type { Log } from "../../log.ts";

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
  ALARM_NOT_FOUND: 404,
  EVIDENCE_TOO_LARGE: 413,
  EVIDENCE_RECORD_DAMAGED: 409,
  RULE_CHANGED: 409,
  RULE_NOT_ANNOUNCED: 409,
  RULE_ANNOUNCEMENT_CHANGED: 409,
  RULE_NOT_BACK_TESTED: 409,
  JOURNAL_UNAVAILABLE: 503,
  TOO_MANY_ATTEMPTS: 429,
  OVERLOADED: 503,
};

// Styles inline: Vue and ECharts set them on elements. Scripts never.
const headers: Readonly<Record<string, string>> = {
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
  { status = statuses[code] ?? 400, ...more }: { readonly status?: number; readonly faults?: readonly string[] } = {},
): FastifyReply {
  return reply.code(status).send({ code, message: faults[code], ...more });
}

/** What every request and every answer passes: headers, the same-site rule, and one shape of refusal. */
export function addGuards(app: App, log: Log): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (request.url.startsWith("/api")) reply.header("cache-control", "no-store");
    // Beside SameSite=Strict: a browser names where a POST comes from, and other sites have nothing to do here.
    const { origin } = request.headers;
    const isReading = request.method === "GET" || request.method === "HEAD";
    if (!isReading && origin !== undefined && hostOf(origin) !== request.host) return refuse(reply, "NOT_ALLOWED");
    return undefined;
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

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
