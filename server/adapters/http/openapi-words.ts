// What each route is for, in a line, and what it answers: a route without words is not described, and a test finds it.

const bearer = { type: "http", scheme: "bearer" } as const;

/** What a caller shows, by the names that routes call it. */
export const credentials = {
  session: {
    type: "apiKey",
    in: "cookie",
    name: "skyground",
    description: "Somebody who is logged in; to look, a wall will do",
  },
  wall: {
    type: "apiKey",
    in: "cookie",
    name: "skyground-wall",
    description: "A browser that is a wall of the register",
  },
  feedToken: { ...bearer, description: "A read token of kind `feed`, made by `POST /api/embeds`" },
  trendToken: { ...bearer, description: "A read token of kind `trend`, made by `POST /api/embeds`" },
} as const;
type Credential = keyof typeof credentials;

/** What is said of a route. */
export interface RouteWords {
  readonly room: string;
  readonly summary: string;
  /** What comes back, by the name that the contract gives it. */
  readonly answer: string;
  readonly type: string;
  /** Any one of these opens it; where there is none it stands open. */
  readonly by: readonly Credential[];
}

/** Where nothing else is said, JSON is answered to who is logged in. */
type Line = readonly [summary: string, answer: string, more?: Partial<Pick<RouteWords, "type" | "by">>];

const open = { by: [] } as const;
const text = { type: "text/plain", by: [] } as const;

const rooms: Readonly<Record<string, Readonly<Record<string, Line>>>> = {
  sessions: {
    "POST /api/login": [
      "Logs a person in; the session's cookie comes back",
      "Person, and whether a new password is due",
      open,
    ],
    "POST /api/logout": ["Ends the session", "The wall that is left, if any", open],
    "GET /api/session": ["Who this session is", "Person, or null", open],
    "POST /api/wall-session": ["Makes this browser a wall by its token", "Person of the wall", open],
    "POST /api/me/password": ["Changes one's own password", "Done"],
    "GET /api/me/sessions": ["One's own sessions", "SessionView[]"],
    "POST /api/me/sessions/end": ["Ends one of one's own sessions, or all", "How many were ended"],
  },
  plant: {
    "GET /api/plant": ["The plan of record, within the caller's scope", "Plan"],
    "GET /api/map": ["The map of the region and its manifest", "Manifest and GeoJSON"],
    "GET /api/history": ["History of one point in buckets of min, max, mean and last", "History"],
    "GET /api/devices": ["How each device is doing", "DeviceLiveness[]"],
    "GET /api/series": ["Up to eight points in buckets, with gaps, limits of that time and alarms", "SeriesAnswer"],
    "GET /api/steps": ["Steps of alarms in a period, newest first, page by page", "StepPage"],
    "GET /api/kpi": ["The load of the alarms in a period (ISA-18.2 16.4)", "KpiReport"],
    "GET /api/export/series": ["Points as a table, in buckets or raw", "CSV or XLSX", { type: "text/csv" }],
    "GET /api/export/steps": ["Steps of alarms as a table", "CSV or XLSX", { type: "text/csv" }],
    "GET /api/export/load": ["The load of the alarms as a table", "CSV or XLSX", { type: "text/csv" }],
  },
  "other systems": {
    "GET /api/feed": [
      "Alarms and incidents after a cursor, in order, without holes",
      "FeedPage",
      { by: ["feedToken", "session", "wall"] },
    ],
    "GET /api/embed/trend": ["The trend that its token shows", "EmbedTrend", { by: ["trendToken"] }],
    "GET /api/embeds": ["The tokens for embeds and feeds", "EmbedView[]"],
    "POST /api/embeds": ["Makes a token; it is told once", "Token"],
    "POST /api/embeds/revoke": ["Ends a token", "Done"],
  },
  incidents: {
    "GET /api/incidents": ["Incidents, also archived ones, newest first", "IncidentList"],
    "POST /api/attachments": ["Uploads a file that an incident then names", "Hash, size and type"],
    "GET /api/attachments/:hash": ["A file of an incident", "The file", { type: "application/octet-stream" }],
  },
  screens: {
    "GET /api/walls/health": ["How walls and browsers are doing", "ScreenHealth[]"],
    "GET /api/walls/:id/alive": ["For a watchdog: 200 while the wall paints, else 503", "In a word", text],
    "POST /api/walls/hung": ["A page's own watchdog: its main thread hangs", "Done", { by: ["wall"] }],
    "GET /api/latency": ["How fast alarms travel, hop by hop, and the canary", "LatencyView"],
    "GET /api/alarms/:id/stamps": ["The seven stamps of an alarm", "AlarmStamps"],
    "GET /api/sound/self-tests": ["The last sound test of each screen", "SoundTestView[]"],
  },
  health: {
    "GET /health": ["Whether the server lives and is ready; counts, no examples", "Health", open],
    "GET /metrics": ["Figures for Prometheus", "Text exposition format", text],
    "GET /api/health": ["The whole health, with examples of what was refused", "Health"],
  },
  rules: {
    "POST /api/rules/preview": ["What a new version of a rule would do now", "Announcement"],
    "POST /api/rules/enable": ["Enables a new version, with a second person", "Its number and seq"],
    "GET /api/rules/drafts": ["Drafts of rules", "RuleDraftView[]"],
    "GET /api/rules/drafts/:id": ["A draft", "RuleDraftView"],
    "PUT /api/rules/drafts/:id": ["Saves a draft; names the revision that was seen", "RuleDraftView"],
    "DELETE /api/rules/drafts/:id": ["Removes a draft", "Done"],
    "POST /api/rules/drafts/:id/shadow": ["Runs a draft live and silent", "Done"],
    "DELETE /api/rules/drafts/:id/shadow": ["Ends its shadow", "Done"],
    "POST /api/rules/backtests": ["Tests a draft against the past, one job at a time", "Job"],
    "GET /api/rules/backtests/:id": ["How far a job is, and its report", "Job"],
    "DELETE /api/rules/backtests/:id": ["Ends a job", "Done"],
    "GET /api/rules/:source": ["Every version of the rules of a point or site", "RuleHistory"],
  },
  record: {
    "GET /api/journal/head": ["How far the record has come, signed", "Head", open],
    "GET /api/alarms/:id/evidence": ["The pack of evidence of an alarm", "EvidencePack"],
    "GET /api/audit": ["What was done to register, people and settings, newest first", "AuditEntry[]"],
  },
  people: {
    "GET /api/people": ["Everybody who may log in", "PersonView[]"],
    "POST /api/people/add": ["Adds a person; the first password is told once", "Password"],
    "POST /api/people/edit": ["Changes role, tier and scope", "Done"],
    "POST /api/people/lock": ["Locks an account", "Done"],
    "POST /api/people/unlock": ["Unlocks an account", "Done"],
    "POST /api/people/reset": ["Makes a new first password", "Password"],
    "POST /api/people/remove": ["Removes an account", "Done"],
    "GET /api/walls": ["The walls of the register", "WallView[]"],
    "POST /api/walls/add": ["Adds a wall; its token is told once", "Token"],
    "POST /api/walls/seat": ["Sets a wall's seat: duty, room, distances, what it shows in turn", "Done"],
    "POST /api/walls/revoke": ["Ends a wall's token for good", "Done"],
    "POST /api/walls/unbind": ["Frees a wall from its browser, with a second administrator", "Done"],
  },
};

function registerRoutes(): Readonly<Record<string, Line>> {
  const lines: Record<string, Line> = {
    "POST /api/register/import": ["Enters a table: all of it or nothing", "What was entered, or every fault of it"],
    "GET /api/register/export": ["The register as a table", "CSV", { type: "text/csv" }],
  };
  for (const kind of ["enterprises", "sites", "devices"]) {
    const one = `/api/register/${kind}/${kind === "devices" ? ":site/:device" : ":id"}`;
    lines[`GET /api/register/${kind}`] = [`The ${kind} of the register`, "Entries"];
    lines[`POST /api/register/${kind}`] = [`Enters one of the ${kind}`, "Entry; a device's secret is told once"];
    lines[`PUT /api/register/${kind}`] = ["Changes an entry", "Entry"];
    lines[`POST ${one}/retire`] = ["Retires an entry", "Entry"];
    lines[`POST ${one}/restore`] = ["Takes a retired entry back", "Entry"];
  }
  const device = "/api/register/devices/:site/:device";
  lines[`POST ${device}/open`] = ["Opens a device that passed no trial, for a reason, with a second person", "Entry"];
  lines[`POST ${device}/rotate`] = ["Makes a new secret; the old one serves for an overlap", "Secret, told once"];
  lines[`POST ${device}/revoke`] = ["Ends every secret and certificate of a device", "Entry"];
  lines[`POST ${device}/pin`] = ["Pins a certificate to a device", "Entry"];
  return lines;
}

const onboarding: Readonly<Record<string, Line>> = {
  "GET /api/onboard": ["The devices that may be put on trial", "BenchDevice[]"],
  "GET /api/onboard/:site/:device": ["A device's trial: what was found so far", "BenchView"],
  "POST /api/onboard/:site/:device/start": ["Starts a trial", "BenchView"],
  "POST /api/onboard/:site/:device/stop": ["Ends a trial", "BenchView"],
};

const words = new Map<string, RouteWords>(
  Object.entries({ ...rooms, register: registerRoutes(), onboarding }).flatMap(([room, lines]) =>
    Object.entries(lines).map(([route, [summary, answer, more]]) => [
      route,
      { room, summary, answer, type: "application/json", by: ["session"], ...more },
    ]),
  ),
);

/** What is said of a route, named as `GET /api/plant`; null where nothing is. */
export function wordsOf(route: string): RouteWords | null {
  return words.get(route) ?? null;
}
