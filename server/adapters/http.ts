// HTTP: login, the plan, history, health, metrics, and the built dashboard; what changes by the second goes by socket.
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join, sep } from "node:path";
import { fastifyCookie } from "@fastify/cookie";
import { fastifyStatic } from "@fastify/static";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify from "fastify";
import type { FaultCode } from "../../contract/faults.ts";
import type { DeviceLiveness } from "../../contract/liveness.ts";
import type { Plan } from "../../contract/plant.ts";
import type { SoundTestView } from "../../contract/receipt.ts";
import type { ScopedSite } from "../../contract/scope.ts";
import { type History, historyQuerySchema, type HistoryQuery, type Person } from "../../contract/wall.ts";
import { addEvidenceRoutes, type EvidenceDesk } from "./http/evidence.ts";
import { addDeviceRoutes } from "./http/devices.ts";
import { addIncidentRoutes, type IncidentDesk } from "./http/incidents.ts";
import { addGuards, type App, type Gate, type PersonOf, refuse } from "./http/guards.ts";
import { addEmbedRoutes, type EmbedDesk } from "./http/embeds.ts";
import { addExportRoutes, type ExportDesk } from "./http/exports.ts";
import { addPastRoutes, type PastDesk } from "./http/past.ts";
import { addPeopleRoutes, type PeopleDesk } from "./http/people.ts";
import { addDescription } from "./http/openapi.ts";
import { addOnboardRoutes, type BenchDesk } from "./http/onboard.ts";
import { addLatencyRoutes, type LatencyDesk } from "./http/latency.ts";
import { addHealthRoutes, type Health } from "./http/health.ts";
import { addRegisterRoutes, type RegisterDesk } from "./http/register.ts";
import { addDraftRoutes, type DraftDesk } from "./http/rule-drafts.ts";
import { addRuleRoutes, type RuleDesk } from "./http/rules.ts";
import { compileSchema } from "./http/schema.ts";
import { addWallRoutes, type WallDesk } from "./http/walls.ts";
import { addSessionRoutes, callerOf, type SessionOptions } from "./http/session.ts";

/** The map's pictures, as the configuration has them. */
export interface MapFiles {
  readonly manifest: unknown;
  readonly geojson: unknown;
}

/** What the HTTP room needs. */
export interface HttpOptions extends SessionOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where the built dashboard lies; null where there is none. */
  readonly dashboardDir: string | null;
  readonly map: MapFiles | null;
  /** Of the program, for the description of this interface. @default none */
  readonly version?: string;
  /** Addresses of reverse proxies whose X-Forwarded headers are believed. @default none */
  readonly trustedProxies?: readonly string[];
  readonly health: () => Health;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** What this person may see of the plan of record. */
  readonly plan: (person: Person | null) => Plan;
  /** How each device is doing, of those that this person may see. */
  readonly devices: (person: Person | null) => readonly DeviceLiveness[];
  /** Null: there is no such point, or it is none of this person's business. */
  readonly history: (query: HistoryQuery, person: Person | null) => Promise<History | null>;
  /** @default what was is told of one point alone */
  readonly past?: PastDesk & { readonly exports?: ExportDesk; readonly embeds?: EmbedDesk };
  readonly rules: RuleDesk;
  /** @default rules are drafted in files alone */
  readonly drafts?: DraftDesk;
  /** @default the register has no routes */
  readonly register?: RegisterDesk;
  /** @default nobody is put on trial */
  readonly bench?: BenchDesk;
  /** @default there are no routes of people, walls and audit */
  readonly people?: PeopleDesk;
  /** @default nobody watches the screens */
  readonly walls?: WallDesk;
  /** @default nothing is stamped */
  readonly latency?: LatencyDesk;
  /** The last sound test of each screen that this person may know of. @default none is known */
  readonly soundTests?: (person: Person | null) => readonly SoundTestView[];
  /** Absent: no record leaves by HTTP. */
  readonly evidence?: EvidenceDesk;
  /** Absent: incidents of the past and files are not to be had. */
  readonly incidents?: IncidentDesk;
  readonly mayDo: (
    person: Person | null,
    act: "view" | "attach" | "changeRule" | "administer" | "onboard" | "readAudit" | "exportEvidence",
    context: { readonly isDemo: boolean; readonly site?: ScopedSite | null },
  ) => { readonly ok: true } | { readonly ok: false; readonly code: FaultCode };
}

/** The HTTP room. */
export interface Http {
  /** For the socket server to attach to. */
  readonly server: Server;
  start(): Promise<{ readonly port: number }>;
  /** Ends at once what is open; sockets that were upgraded are the gateway's, which stops first. */
  stop(): Promise<void>;
}

const BODY_LIMIT_BYTES = 16_384;

export { credentialsOfCookies, tokenOfCookies } from "./http/session.ts";

/** Makes the HTTP room; nothing listens before `start`. */
export function createHttp(options: HttpOptions): Http {
  const app = createApp(options);
  app.register(fastifyCookie);
  addGuards(app, options.log);
  addDescription(app, { version: options.version ?? "", mustView: mustOf(options)("view") });
  // In a plugin of their own, so that what describes them is there before them.
  app.register(async (room) => addRoutes(room.withTypeProvider<TypeBoxTypeProvider>(), options));
  addDashboard(app, options);

  return {
    server: app.server,
    async start() {
      const { host, port } = options;
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw new Error(`listen on http://${host}:${port}`, { cause: error });
      }
      const address = app.server.address();
      return { port: typeof address === "object" && address !== null ? address.port : port };
    },
    stop: () => app.close(),
  };
}

function addRoutes(app: App, options: HttpOptions): void {
  addSessionRoutes(app, options);
  if (options.people !== undefined) addPeopleRoutes(app, { ...options, desk: options.people });
  addViewRoutes(app, options);
  addHealthRoutes(app, { ...options, personOf: personOfRequest(options) });
}

function createApp(options: HttpOptions): App {
  const app = fastify({
    // Our own log tells what matters; a line per request of a wall does not.
    logger: false,
    trustProxy: options.trustedProxies === undefined ? false : [...options.trustedProxies],
    bodyLimit: BODY_LIMIT_BYTES,
    connectionTimeout: 60_000,
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: true,
    frameworkErrors: (_error, _request, reply) => refuse(reply, "QUERY_INVALID"),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(compileSchema);
  return app;
}

function personOfRequest({ person }: HttpOptions): PersonOf {
  return (request) => callerOf(request, person);
}

type Asked = "view" | "attach" | "changeRule" | "administer" | "onboard" | "exportEvidence";

/** What lets a request for an act through, or refuses it. */
function mustOf(options: HttpOptions) {
  const personOf = personOfRequest(options);
  return (act: Asked): Gate =>
    async (request, reply) => {
      const verdict = options.mayDo(personOf(request), act, { isDemo: options.isDemo });
      return verdict.ok ? undefined : refuse(reply, verdict.code);
    };
}

function addViewRoutes(app: App, options: HttpOptions): void {
  const { plan, devices, history, map, past, rules, drafts, register, bench, evidence, incidents, walls, latency } =
    options;
  const personOf = personOfRequest(options);
  const must = mustOf(options);
  const onRequest = must("view");

  app.get("/api/plant", { onRequest }, (request, reply) => reply.send(plan(personOf(request))));

  app.get("/api/map", { onRequest }, async (_request, reply) => map ?? refuse(reply, "NOT_FOUND"));

  app.get("/api/sound/self-tests", { onRequest }, (request, reply) =>
    reply.send({ tests: options.soundTests?.(personOf(request)) ?? [] }),
  );

  const schema = { querystring: historyQuerySchema };
  app.get("/api/history", { onRequest, schema, handlerTimeout: 20_000 }, async (request, reply) => {
    const { from, to } = request.query;
    if (from >= to) return refuse(reply, "QUERY_INVALID");
    return (await history(request.query, personOf(request))) ?? refuse(reply, "NOT_FOUND");
  });

  addDeviceRoutes(app, { devices, personOf, mustView: onRequest });
  if (walls !== undefined) addWallRoutes(app, { ...options, desk: walls, personOf, mustView: onRequest });
  if (latency !== undefined) addLatencyRoutes(app, { desk: latency, personOf, mustView: onRequest });
  if (past !== undefined) addPastRoutes(app, { past, personOf, mustView: onRequest });
  if (past?.exports !== undefined) addExportRoutes(app, { past, exports: past.exports, personOf, mustView: onRequest });
  const page = isBuilt(options) ? "index.html" : null;
  const pasts = { personOf, mustView: onRequest, mustChange: must("changeRule"), page, now: options.now };
  if (past?.embeds !== undefined) addEmbedRoutes(app, { ...pasts, past, embeds: past.embeds });
  addRuleRoutes(app, { rules, personOf, mustView: onRequest, mustChange: must("changeRule") });
  if (incidents !== undefined)
    addIncidentRoutes(app, { incidents, personOf, mustView: onRequest, mustAttach: must("attach") });
  if (drafts !== undefined) addDraftRoutes(app, { drafts, personOf, mustChange: must("changeRule") });
  if (bench !== undefined) addOnboardRoutes(app, { bench, personOf, mustOnboard: must("onboard") });
  if (register !== undefined) addRegisterRoutes(app, { desk: register, personOf, mustAdminister: must("administer") });
  if (evidence !== undefined) addEvidenceRoutes(app, { evidence, personOf, mustExport: must("exportEvidence") });
}

function isBuilt({ dashboardDir }: HttpOptions): boolean {
  return dashboardDir !== null && existsSync(join(dashboardDir, "index.html"));
}

function addDashboard(app: App, options: HttpOptions): void {
  const { dashboardDir, log } = options;
  const page = "index.html";
  if (dashboardDir !== null && isBuilt(options)) {
    app.register(fastifyStatic, {
      root: dashboardDir,
      cacheControl: false,
      setHeaders(reply, path) {
        // Vite puts a hash into every name under assets/; the page itself must be asked for each time.
        const isHashed = path.startsWith(join(dashboardDir, "assets") + sep);
        reply.header("cache-control", isHashed ? "public, max-age=31536000, immutable" : "no-cache");
      },
    });
  } else log.warn("no dashboard is built: there is no wall under this address", { dashboardDir });

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "/";
    const isScreen = request.method === "GET" && !path.includes(".") && !path.startsWith("/api");
    // A screen of the dashboard has its own address; the one page serves them all.
    return isBuilt(options) && isScreen ? reply.sendFile(page) : refuse(reply, "NOT_FOUND");
  });
}
