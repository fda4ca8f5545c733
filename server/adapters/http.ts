// HTTP: login, the plan, history, health, metrics, and the built dashboard; what changes by the second goes by socket.
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join, sep } from "node:path";
import { fastifyCookie } from "@fastify/cookie";
import { fastifyStatic } from "@fastify/static";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { FaultCode } from "../../contract/faults.ts";
import type { DeviceLiveness } from "../../contract/liveness.ts";
import type { Plan } from "../../contract/plant.ts";
import type { SoundTestView } from "../../contract/receipt.ts";
import type { ScopedSite } from "../../contract/scope.ts";
import { type History, historyQuerySchema, type HistoryQuery, type Person } from "../../contract/wall.ts";
import { addEvidenceRoutes, type EvidenceDesk } from "./http/evidence.ts";
import { addDeviceRoutes } from "./http/devices.ts";
import { addGuards, type App, refuse } from "./http/guards.ts";
import { addPeopleRoutes, type PeopleDesk } from "./http/people.ts";
import { addOnboardRoutes, type BenchDesk } from "./http/onboard.ts";
import { addHealthRoutes, type Health } from "./http/health.ts";
import { addRegisterRoutes, type RegisterDesk } from "./http/register.ts";
import { addRuleRoutes, type RuleDesk } from "./http/rules.ts";
import { compileSchema } from "./http/schema.ts";
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
  readonly rules: RuleDesk;
  /** @default the register has no routes */
  readonly register?: RegisterDesk;
  /** @default nobody is put on trial */
  readonly bench?: BenchDesk;
  /** @default there are no routes of people, walls and audit */
  readonly people?: PeopleDesk;
  /** The last sound test of each screen that this person may know of. @default none is known */
  readonly soundTests?: (person: Person | null) => readonly SoundTestView[];
  /** Absent: no record leaves by HTTP. */
  readonly evidence?: EvidenceDesk;
  readonly mayDo: (
    person: Person | null,
    act: "view" | "changeRule" | "administer" | "onboard" | "readAudit" | "exportEvidence",
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
  addSessionRoutes(app, options);
  if (options.people !== undefined) addPeopleRoutes(app, { ...options, desk: options.people });
  addViewRoutes(app, options);
  addHealthRoutes(app, { ...options, personOf: personOfRequest(options) });
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

function personOfRequest({ person }: HttpOptions): (request: FastifyRequest) => Person | null {
  return (request) => callerOf(request, person);
}

function addViewRoutes(app: App, options: HttpOptions): void {
  const { mayDo, isDemo, plan, devices, history, map, rules, register, bench, evidence } = options;
  const personOf = personOfRequest(options);
  const must =
    (act: "view" | "changeRule" | "administer" | "onboard" | "exportEvidence") =>
    async (request: FastifyRequest, reply: FastifyReply) => {
      const verdict = mayDo(personOf(request), act, { isDemo });
      return verdict.ok ? undefined : refuse(reply, verdict.code);
    };
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
  addRuleRoutes(app, { rules, personOf, mustView: onRequest, mustChange: must("changeRule") });
  if (bench !== undefined) addOnboardRoutes(app, { bench, personOf, mustOnboard: must("onboard") });
  if (register !== undefined) addRegisterRoutes(app, { desk: register, personOf, mustAdminister: must("administer") });
  if (evidence !== undefined) addEvidenceRoutes(app, { evidence, personOf, mustExport: must("exportEvidence") });
}

function addDashboard(app: App, { dashboardDir, log }: HttpOptions): void {
  const page = "index.html";
  const isBuilt = dashboardDir !== null && existsSync(join(dashboardDir, page));
  if (isBuilt) {
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
    return isBuilt && isScreen ? reply.sendFile(page) : refuse(reply, "NOT_FOUND");
  });
}
