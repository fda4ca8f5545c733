// The description of the HTTP interface at /api/docs: every route is in it with its words, and its page asks nobody else.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, startDemo } from "../support/demo.ts";

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Description {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
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
