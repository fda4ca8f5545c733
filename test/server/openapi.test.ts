// The description of the HTTP interface at /api/docs: every route is in it with its words, and its page asks nobody else.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { MadeEmbed } from "../../contract/embed.ts";
import type { Plan } from "../../contract/plant.ts";
import { type Demo, startDemo } from "../support/demo.ts";
import { until } from "../support/server.ts";

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Description {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

let demo: Demo;
let described: Description;
beforeAll(async () => {
  demo = await startDemo({ withSimulators: false });
  const response = await fetch(`${demo.url}/api/docs/json`);
  expect(response.status).toBe(200);
  described = (await response.json()) as Description;
}, 60_000);
afterAll(async () => demo?.stop());

it("says of every route what it is for, in which room, and what it answers", () => {
  const bare = Object.entries(described.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { summary, tags, responses }]) =>
      summary !== undefined && tags?.length === 1 && Object.hasOwn(responses, "200")
        ? []
        : [`${method.toUpperCase()} ${path}`],
    ),
  );
  expect(bare).toEqual([]);
  expect(described.openapi).toBe("3.1.0");
});

it("takes queries and bodies from the schemas that the routes are checked by", () => {
  const history = described.paths["/api/history"]?.["get"];
  expect(history?.parameters?.map(({ name }) => name).toSorted()).toEqual(["buckets", "from", "point", "to"]);
  const login = described.paths["/api/login"]?.["post"];
  expect(JSON.stringify(login?.requestBody)).toContain('"password"');
  expect(JSON.stringify(described.components.schemas["Refusal"])).toContain("RULE_NOT_BACK_TESTED");
});

/** The names of what opens a route, as the description has them. */
function credentialsOf(method: string, path: string): readonly string[] | undefined {
  return described.paths[path]?.[method]?.security.flatMap((one) => Object.keys(one)).toSorted();
}

/** Makes one of each credential; each as the headers that its scheme says. */
async function makeCredentials(): Promise<Record<string, Record<string, string>>> {
  const cookies = new Map<string, string>();
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { "content-type": "application/json", "x-skyground": "1", ...(cookie === "" ? {} : { cookie }) };
    const response = await fetch(`${demo.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect(response.status, path).toBe(200);
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
      cookies.set(name, value);
    }
    return (await response.json()) as T;
  };
  const { points } = (await (await fetch(`${demo.url}/api/plant`)).json()) as Plan;
  await post("/api/login", { name: "admin", password: demo.credentials.people["admin"] });
  const feed = await post<MadeEmbed>("/api/embeds", { kind: "feed", days: 1 });
  const trend = await post<MadeEmbed>("/api/embeds", {
    kind: "trend",
    point: points[0]?.id,
    hosts: ["https://x.example"],
    days: 1,
  });
  const wall = await post<{ readonly token: string }>("/api/walls/add", { id: "hall", name: "Hall", tier: "city" });
  await post("/api/wall-session", { token: wall.token });
  const secrets = { feedToken: feed.token, trendToken: trend.token };
  return Object.fromEntries(
    Object.entries(described.components.securitySchemes).map(([credential, { type, scheme, name = "" }]) => {
      if (type === "apiKey") return [credential, { cookie: `${name}=${cookies.get(name)}` }];
      expect({ type, scheme }).toEqual({ type: "http", scheme: "bearer" });
      return [credential, { authorization: `Bearer ${secrets[credential as keyof typeof secrets]}` }];
    }),
  );
}

it("names what opens each route, by schemes that it declares", () => {
  const { securitySchemes } = described.components;
  const operations = Object.values(described.paths).flatMap((path) => Object.values(path));
  const named = new Set(operations.flatMap(({ security }) => security.flatMap((one) => Object.keys(one))));
  expect([...named].toSorted()).toEqual(Object.keys(securitySchemes).toSorted());
  expect(credentialsOf("post", "/api/login")).toEqual([]);
  expect(credentialsOf("get", "/api/people")).toEqual(["session"]);
});

it("names for the feed, the trend and a page's watchdog just what opens them", async () => {
  const made = await makeCredentials();
  expect(Object.keys(made).toSorted()).toEqual(["feedToken", "session", "trendToken", "wall"]);
  const ask = async (method: string, address: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${demo.url}${address}`, { method, headers: { ...headers, "x-skyground": "1" } })).status;
  await until("the wall is known", async () => (await ask("post", "/api/walls/hung", made["wall"] ?? {})) === 200);
  for (const [method, path, query] of [
    ["get", "/api/feed", "?after=0&limit=1"],
    ["get", "/api/embed/trend", "?hours=1"],
    ["post", "/api/walls/hung", ""],
  ] as const) {
    expect([401, 404], path).toContain(await ask(method, path + query, {}));
    const opens: string[] = [];
    for (const [credential, headers] of Object.entries(made))
      if ((await ask(method, path + query, headers)) === 200) opens.push(credential);
    expect(opens.toSorted(), path).toEqual(credentialsOf(method, path));
  }
}, 30_000);

it("shows it on a page whose parts all come from this server, under the policy of every page", async () => {
  const page = await fetch(`${demo.url}/api/docs`);
  const text = await page.text();
  expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/gu)].map(([, address = ""]) => address);
  expect(parts.length).toBeGreaterThan(2);
  expect(parts.filter((address) => /^(?:https?:)?\/\//u.test(address))).toEqual([]);
  const script = parts.find((address) => address.endsWith("swagger-ui-bundle.js")) ?? "";
  expect((await fetch(new URL(script, page.url))).status).toBe(200);
  expect(text).not.toMatch(/<script(?![^>]*src=)[^>]*>\s*\S/u);
});
