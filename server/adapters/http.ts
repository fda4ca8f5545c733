// HTTP: login, the plan, history, health, metrics, and the built dashboard; what changes by the second goes by socket.
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join, sep } from "node:path";
import { fastifyCookie } from "@fastify/cookie";
import { fastifyStatic } from "@fastify/static";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { FaultCode, FaultCount } from "../../contract/faults.ts";
import type { DeviceLiveness } from "../../contract/liveness.ts";
import type { Plan } from "../../contract/plant.ts";
import {
  type History,
  historyQuerySchema,
  type HistoryQuery,
  loginSchema,
  type NeighbourStatus,
  type Person,
} from "../../contract/wall.ts";
import type { Log } from "../log.ts";
import { addDeviceRoutes } from "./http/devices.ts";
import { addGuards, type App, refuse } from "./http/guards.ts";
import { addRuleRoutes, type RuleDesk } from "./http/rules.ts";
import { compileSchema } from "./http/schema.ts";
import { createThrottle } from "./http/throttle.ts";

/** What `/health` says to whoever asks. */
export interface Health {
  readonly version: string;
  readonly isDemo: boolean;
  /** Epoch ms. */
  readonly startedAt: number;
  /** The process works. */
  readonly live: boolean;
  /** The journal is restored and samples are taken in. */
  readonly ready: boolean;
  readonly neighbours: readonly NeighbourStatus[];
  /** Everything that was refused, by code. */
  readonly faults: readonly FaultCount[];
}

/** The map's pictures, as the configuration has them. */
export interface MapFiles {
  readonly manifest: unknown;
  readonly geojson: unknown;
}

/** What the HTTP room needs. */
export interface HttpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
  readonly isDemo: boolean;
  /** Epoch ms. */
  readonly now: () => number;
  /** Where the built dashboard lies; null where there is none. */
  readonly dashboardDir: string | null;
  readonly map: MapFiles | null;
  /** Addresses of reverse proxies whose X-Forwarded headers are believed. @default none */
  readonly trustedProxies?: readonly string[];
  readonly login: (
    name: string,
    password: string,
  ) => Promise<{ readonly person: Person; readonly token: string } | null>;
  readonly logout: (token: string) => void;
  readonly person: (token: string) => Person | null;
  readonly health: () => Health;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly plan: () => Plan;
  /** How each device is doing. */
  readonly devices: () => readonly DeviceLiveness[];
  /** Null: there is no such point. */
  readonly history: (query: HistoryQuery) => Promise<History | null>;
  readonly rules: RuleDesk;
  readonly mayDo: (
    person: Person | null,
    act: "view" | "changeRule",
    context: { readonly isDemo: boolean },
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

const cookieName = "skyground";
const COOKIE_MAX_AGE_S = 30 * 86_400;
const BODY_LIMIT_BYTES = 16_384;
/** Each check of a password takes 32 MiB and a thread: more at once would take them from the journal. */
const MAX_PASSWORD_CHECKS = 4;

/** The session's token in a Cookie header, or null. */
export function tokenOfCookies(cookieHeader: string | undefined): string | null {
  return fastifyCookie.parse(cookieHeader ?? "")[cookieName] ?? null;
}

/** Makes the HTTP room; nothing listens before `start`. */
export function createHttp(options: HttpOptions): Http {
  const app = createApp(options);
  app.register(fastifyCookie);
  addGuards(app, options.log);
  addSessionRoutes(app, options);
  addViewRoutes(app, options);
  addOperatorRoutes(app, options);
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

function tokenOf(request: FastifyRequest): string | null {
  return request.cookies[cookieName] ?? null;
}

function setSession(request: FastifyRequest, reply: FastifyReply, token: string): void {
  const secure = request.protocol === "https";
  reply.setCookie(cookieName, token, {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure,
    maxAge: COOKIE_MAX_AGE_S,
  });
}

function addSessionRoutes(app: App, options: HttpOptions): void {
  const { login, logout, person, now, isDemo, log } = options;
  const throttle = createThrottle({ now });
  let checking = 0;

  app.post("/api/login", { schema: { body: loginSchema } }, async (request, reply) => {
    const { name, password } = request.body;
    if (checking >= MAX_PASSWORD_CHECKS) return refuse(reply, "OVERLOADED");
    const key = `${request.ip} ${name}`;
    const waitMs = throttle.attempt(key);
    if (waitMs > 0) {
      reply.header("retry-after", Math.ceil(waitMs / 1000));
      return refuse(reply, "TOO_MANY_ATTEMPTS");
    }
    checking += 1;
    const session = await login(name, password).finally(() => {
      checking -= 1;
    });
    if (session === null) {
      log.warn("login refused", { name, address: request.ip });
      return refuse(reply, "LOGIN_FAILED");
    }
    throttle.succeeded(key);
    const before = tokenOf(request);
    if (before !== null) logout(before);
    log.info("login", { name, address: request.ip });
    setSession(request, reply, session.token);
    return { person: session.person, isDemo };
  });

  app.post("/api/logout", async (request, reply) => {
    const token = tokenOf(request);
    if (token !== null) logout(token);
    reply.clearCookie(cookieName, { path: "/" });
    return { person: null, isDemo };
  });

  app.get("/api/session", async (request, reply) => {
    const token = tokenOf(request);
    const who = token === null ? null : person(token);
    // The session slides with its use; the browser's copy has to slide with it.
    if (token !== null && who !== null) setSession(request, reply, token);
    return { person: who, isDemo };
  });
}

function addViewRoutes(app: App, options: HttpOptions): void {
  const { person, mayDo, isDemo, plan, devices, history, map, rules } = options;
  const personOf = (request: FastifyRequest): Person | null => {
    const token = tokenOf(request);
    return token === null ? null : person(token);
  };
  const must = (act: "view" | "changeRule") => async (request: FastifyRequest, reply: FastifyReply) => {
    const verdict = mayDo(personOf(request), act, { isDemo });
    return verdict.ok ? undefined : refuse(reply, verdict.code);
  };
  const onRequest = must("view");

  app.get("/api/plant", { onRequest }, async () => plan());

  app.get("/api/map", { onRequest }, async (_request, reply) => map ?? refuse(reply, "NOT_FOUND"));

  const schema = { querystring: historyQuerySchema };
  app.get("/api/history", { onRequest, schema, handlerTimeout: 20_000 }, async (request, reply) => {
    const { from, to } = request.query;
    if (from >= to) return refuse(reply, "QUERY_INVALID");
    return (await history(request.query)) ?? refuse(reply, "NOT_FOUND");
  });

  addDeviceRoutes(app, { devices, mustView: onRequest });
  addRuleRoutes(app, { rules, personOf, mustView: onRequest, mustChange: must("changeRule") });
}

function addOperatorRoutes(app: App, { health, metrics }: HttpOptions): void {
  // Public, both: who watches the server has no session. They tell of the machine, not of the sites.
  app.get("/health", async (_request, reply) => {
    const state = health();
    return reply
      .code(state.live && state.ready ? 200 : 503)
      .header("cache-control", "no-store")
      .send(state);
  });

  app.get("/metrics", async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics()),
  );
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
