// What stands around every answer, over real HTTP: headers, methods, origins, sizes, and words that tell nothing of the inside.
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultPasswordCost } from "../../server/adapters/register/password.ts";
import { type House, openHouse } from "../support/house.ts";

let house: House;
beforeEach(async () => {
  house = await openHouse({ trustedProxies: ["127.0.0.1"] });
  await house.enter({ name: "duty-1", role: "dutyOfficer", tier: "county" });
});
afterEach(() => house.close());

it("answers everything, refusals too, with headers that keep a browser from guessing, framing and telling others", async () => {
  for (const path of ["/", "/health", "/api/plant", "/api/none", "/%zz"]) {
    const { headers } = await fetch(house.url + path);
    expect([path, headers.get("x-content-type-options")]).toEqual([path, "nosniff"]);
    expect([path, headers.get("x-frame-options")]).toEqual([path, "DENY"]);
    expect([path, headers.get("referrer-policy")]).toEqual([path, "same-origin"]);
    expect([path, headers.get("cross-origin-resource-policy")]).toEqual([path, "same-origin"]);
    expect([path, headers.get("content-type")]).toEqual([path, expect.stringContaining("charset=utf-8")]);
    for (const told of ["server", "x-powered-by"]) expect([path, headers.get(told)]).toEqual([path, null]);
  }
});

it("asks a browser that came by TLS to come by TLS from now on, and no other", async () => {
  const tls = await fetch(`${house.url}/health`, { headers: { "x-forwarded-proto": "https" } });
  expect(tls.headers.get("strict-transport-security")).toBe("max-age=31536000");
  const plain = await fetch(`${house.url}/health`);
  expect(plain.headers.get("strict-transport-security")).toBeNull();
});

it("gives no other site leave to read, and answers no question for it", async () => {
  for (const method of ["GET", "OPTIONS"]) {
    const response = await fetch(`${house.url}/api/session`, {
      method,
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    const named = [...response.headers.keys()].filter((name) => name.startsWith("access-control-"));
    expect([method, named]).toEqual([method, []]);
  }
});

it("knows the methods that its routes have, and no other", async () => {
  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const response = await fetch(`${house.url}/api/session`, { method, headers: { origin: house.url } });
    expect([method, response.status]).toEqual([method, 404]);
  }
});

it("keeps one shape for every refusal: a code and its words, no stack, no path, no query back", async () => {
  const texts = await Promise.all(
    ["/api/none?secret=hunter-1", "/api/audit?from=hunter-1", "/%zz", "/api/people"].map(async (path) =>
      (await fetch(house.url + path)).text(),
    ),
  );
  for (const text of texts) {
    expect(Object.keys(JSON.parse(text) as object)).toEqual(["code", "message"]);
    expect(text).not.toMatch(/hunter|node_modules|\.ts|\bat /);
  }
});

it("answers a wrong password, an unknown name and a locked account with the same words", async () => {
  await house.enter({ name: "duty-2", role: "viewer", tier: "city" });
  house.register.lockPerson("duty-2", true);
  const tries = [
    { name: "duty-1", password: "guess" },
    { name: "nobody", password: "guess" },
    { name: "duty-2", password: house.passwords.get("duty-2") },
  ];
  const answers = await Promise.all(tries.map((body) => house.browser().post("/api/login", body)));
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(answers[0]).toMatchObject({ status: 401, body: { code: "LOGIN_FAILED" } });
});

it("gives tokens of 256 random bits, another at each login, and none in a body", async () => {
  const [first, second] = [await house.loggedIn("duty-1"), await house.loggedIn("duty-1")];
  const tokens = [first, second].map(({ cookies }) => cookies.get("skyground") ?? "");
  expect(new Set(tokens).size).toBe(2);
  for (const token of tokens) expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect(JSON.stringify((await first.get("/api/session")).body)).not.toContain(tokens[0]);
});

it("makes a guess at a stolen hash cost what OWASP asks of scrypt: 32 MiB, three passes", () => {
  expect(defaultPasswordCost).toEqual({ n: 32_768, r: 8, p: 3 });
});
