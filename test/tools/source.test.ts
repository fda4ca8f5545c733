// What the source never does, and what it is built from: every library at one version, by its hash.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const sources = ["contract", "server", "dashboard/src", "simulators"].flatMap((wing) =>
  readdirSync(join(root, wing), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(?:ts|vue)$/.test(file))
    .map((file) => join(wing, file)),
);
const using = (pattern: RegExp): readonly string[] => sources.filter((file) => pattern.test(read(file)));

it("never runs a text as code, and never puts one into a page unescaped", () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(
    using(/\beval\(|new Function\(|\bv-html\b|\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write/),
  ).toEqual([]);
});

it("never starts another program from the server; the doctor, run by hand, asks systemd for the clock", () => {
  const found = using(/child_process/).filter((file) => file.startsWith("server"));
  expect(found).toEqual([join("server", "commands", "doctor-machine.ts")]);
});

it("never puts a value into the text of a statement: the register binds all of them", () => {
  const texts = sources
    .filter((file) => file.includes("adapters/register"))
    .flatMap((file) => [...read(file).matchAll(/prepare\(\s*`([^`]*)`/g)].map(([, text]) => text ?? ""));
  const filled = texts.flatMap((text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map(([, name]) => name));
  expect(new Set(filled)).toEqual(new Set(["columns", "letIn", "valid"]));
});

it("makes secrets by the system's random numbers alone", () => {
  expect(using(/Math\.random/).filter((file) => /adapters.(?:register|http)|server.app/.test(file))).toEqual([]);
});

it("names every library at one version, and has the hash of each", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  }
  const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, { integrity?: string }> };
  const without = Object.entries(lock.packages).filter(
    ([name, { integrity }]) => name !== "" && integrity === undefined,
  );
  expect(without.map(([name]) => name)).toEqual([]);
});
