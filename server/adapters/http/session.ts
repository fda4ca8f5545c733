// The routes of sessions: a person's login and logout, and the token that makes a browser a wall.
import { fastifyCookie } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FaultCode } from "../../../contract/faults.ts";
import { wallSessionSchema } from "../../../contract/people.ts";
import { loginSchema, type Person } from "../../../contract/wall.ts";
import type { Log } from "../../log.ts";
import { createDoorman } from "./doorman.ts";
import { type App, refuse } from "./guards.ts";

/** Who has just logged in. */
export interface LoggedIn {
  readonly person: Person;
  readonly token: string;
  /** The password served for this login: another has to be chosen before the session opens anything. */
  readonly mustChange?: boolean;
}
/** A browser that is a wall now, and what its cookie keeps; or why it is not. */
export type WallJoined =
  | { readonly ok: true; readonly person: Person; readonly cookie: string }
  | { readonly ok: false; readonly code: FaultCode };

/** Whoever knows the sessions. */
export interface SessionOptions {
  readonly isDemo: boolean;
  /** Epoch ms. */
  readonly now: () => number;
  readonly log: Log;
  readonly login: (name: string, password: string, address: string) => Promise<LoggedIn | null>;
  readonly logout: (token: string, address: string) => void;
  /** Whom a credential stands for: a person's session, or a wall's cookie. */
  readonly person: (credential: string) => Person | null;
  /** An attempt that came too early: somebody guesses. @default nobody is told */
  readonly refusedLogin?: (name: string, address: string) => void;
  /** Makes a browser a wall. @default there are no walls */
  readonly joinWall?: (token: string, cookie: string | null, address: string) => WallJoined;
}

const personCookie = "skyground";
const wallCookie = "skyground-wall";
/** As long as the session itself may last. */
const PERSON_AGE_S = 7 * 86_400;
/** Browsers keep none longer; each look at the session starts it anew. */
const WALL_AGE_S = 400 * 86_400;
/** Each check of a password takes 32 MiB and a thread: more at once would take them from the journal. */
const MAX_PASSWORD_CHECKS = 4;

/** The session's token in a Cookie header, or null. */
export function tokenOfCookies(cookieHeader: string | undefined): string | null {
  return fastifyCookie.parse(cookieHeader ?? "")[personCookie] ?? null;
}

/** What a Cookie header can show, a person before the wall that he sits at: after his logout it is the wall again. */
export function credentialsOfCookies(cookieHeader: string | undefined): readonly string[] {
  const cookies = fastifyCookie.parse(cookieHeader ?? "");
  return [cookies[personCookie], cookies[wallCookie]].filter(
    (value) => value !== undefined && value !== "",
  ) as string[];
}

/** Who asks. */
export function callerOf({ headers }: FastifyRequest, person: (credential: string) => Person | null): Person | null {
  for (const credential of credentialsOfCookies(headers.cookie)) {
    const who = person(credential);
    if (who !== null) return who;
  }
  return null;
}

function keep(
  request: FastifyRequest,
  reply: FastifyReply,
  [name, value, maxAge]: readonly [string, string, number],
): void {
  reply.setCookie(name, value, {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: request.protocol === "https",
    maxAge,
  });
}

/** Gives the browser a person's session. */
export function setSession(request: FastifyRequest, reply: FastifyReply, token: string): void {
  keep(request, reply, [personCookie, token, PERSON_AGE_S]);
}

/** Takes the person's session from the browser. */
export function clearSession(reply: FastifyReply): void {
  reply.clearCookie(personCookie, { path: "/" });
}

/** Adds the routes. */
export function addSessionRoutes(app: App, options: SessionOptions): void {
  addLogin(app, options);
  const { person, isDemo, logout, joinWall } = options;

  app.post("/api/logout", async (request, reply) => {
    const token = request.cookies[personCookie];
    if (token !== undefined) logout(token, request.ip);
    clearSession(reply);
    const wall = request.cookies[wallCookie];
    return { person: wall === undefined ? null : person(wall), isDemo };
  });

  app.get("/api/session", async (request, reply) => {
    const wall = request.cookies[wallCookie];
    // A wall never ends by time, so the browser's copy must not either.
    if (wall !== undefined && person(wall) !== null) keep(request, reply, [wallCookie, wall, WALL_AGE_S]);
    return { person: callerOf(request, person), isDemo };
  });

  app.post("/api/wall-session", { schema: { body: wallSessionSchema } }, async (request, reply) => {
    const joined = joinWall?.(request.body.token, request.cookies[wallCookie] ?? null, request.ip);
    if (joined === undefined) return refuse(reply, "NOT_FOUND");
    if (!joined.ok) return refuse(reply, joined.code);
    keep(request, reply, [wallCookie, joined.cookie, WALL_AGE_S]);
    return { person: callerOf(request, person) ?? joined.person, isDemo };
  });
}

function addLogin(app: App, { login, logout, now, isDemo, log, refusedLogin = () => {} }: SessionOptions): void {
  const door = createDoorman(now);
  let checking = 0;

  app.post("/api/login", { schema: { body: loginSchema } }, async (request, reply) => {
    const { name, password } = request.body;
    if (checking >= MAX_PASSWORD_CHECKS) return refuse(reply, "OVERLOADED");
    const waitMs = door.attempt(request.ip, name);
    if (waitMs > 0) {
      refusedLogin(name, request.ip);
      reply.header("retry-after", Math.ceil(waitMs / 1000));
      return refuse(reply, "TOO_MANY_ATTEMPTS");
    }
    checking += 1;
    const session = await login(name, password, request.ip).finally(() => {
      checking -= 1;
    });
    if (session === null) {
      log.warn("login refused", { name, address: request.ip });
      return refuse(reply, "LOGIN_FAILED");
    }
    door.succeeded(request.ip, name);
    const before = request.cookies[personCookie];
    if (before !== undefined) logout(before, request.ip);
    log.info("login", { name, address: request.ip });
    setSession(request, reply, session.token);
    return { person: session.person, isDemo, ...(session.mustChange === true ? { mustChange: true } : {}) };
  });
}
