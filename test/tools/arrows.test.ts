// The walls of the house: every forbidden arrow fails the lint or the compiler, every allowed one passes.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { core, rooms } from "./arrows.ts";
import { rules } from "./style-rules.ts";

const root = join(import.meta.dirname, "..", "..");

interface Diagnostic {
  readonly filename: string;
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

const scratch = mkdtempSync(join(tmpdir(), "skyground-arrows-"));
let diagnostics: readonly Diagnostic[] = [];
let lintStatus: number | null = null;

function write(file: string, lines: readonly string[]): void {
  mkdirSync(dirname(join(scratch, file)), { recursive: true });
  const text = file.endsWith(".vue") ? ['<script setup lang="ts">', ...lines, "</script>"] : lines;
  writeFileSync(join(scratch, file), `${text.join("\n")}\n`);
}

const importing = (from: string, index: number): string =>
  from.startsWith("type ")
    ? `import type { T${index} } from ${JSON.stringify(from.slice(5))};`
    : `import { v${index} } from ${JSON.stringify(from)};`;

/** What the lint says about one line of one written file. */
function saidOf(file: string, index: number, code: string): string[] {
  const line = index + (file.endsWith(".vue") ? 2 : 1);
  return diagnostics
    .filter((one) => one.filename === file && one.code.includes(code) && one.labels[0]?.span.line === line)
    .map((one) => `${one.message} ${one.help ?? ""}`);
}

beforeAll(() => {
  for (const file of ["package.json", ".oxlintrc.json", "tsconfig.base.json"])
    cpSync(join(root, file), join(scratch, file));
  for (const file of ["contract/tsconfig.json", "server/tsconfig.pure.json", "simulators/tsconfig.json"]) {
    mkdirSync(dirname(join(scratch, file)), { recursive: true });
    cpSync(join(root, file), join(scratch, file));
  }
  symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
  // One run for all: every arrow is a line of its own in a file of its room.
  for (const { file, may, mayNot } of rooms) write(file, [...mayNot, ...may].map(importing));
  for (const file of core.files) write(file, core.lines);
  for (const { file, lines } of rules) write(file, lines);
  // The folders are named, or oxlint would walk into the linked node_modules as well.
  const wings = ["contract", "server", "simulators", "dashboard"];
  const args = ["node_modules/oxlint/bin/oxlint", "--type-aware", "-f", "json", ...wings];
  const run = spawnSync(process.execPath, args, {
    cwd: scratch,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 50_000,
  });
  lintStatus = run.status;
  diagnostics = (JSON.parse(run.stdout) as { diagnostics: Diagnostic[] }).diagnostics;
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the lint", () => {
  it("fails", () => {
    expect(lintStatus).toBe(1);
  });

  for (const { file, may, mayNot, says } of rooms) {
    it(`keeps ${file} from what it may not import`, () => {
      const passed = mayNot.filter((_, index) => saidOf(file, index, "no-restricted-imports").length === 0);
      expect(passed).toEqual([]);
    });
    it(`lets ${file} import what it may`, () => {
      const stopped = may.filter((_, index) => saidOf(file, mayNot.length + index, "no-restricted-imports").length > 0);
      expect(stopped).toEqual([]);
    });
    it(`names the wall of ${file}`, () => {
      expect(saidOf(file, 0, "no-restricted-imports").join()).toContain(says);
    });
  }

  for (const file of core.files) {
    it(`keeps time, chance and the world out of ${file}`, () => {
      const passed = core.lines.filter((_, index) => saidOf(file, index, "no-restricted-").length === 0);
      expect(passed).toEqual([]);
    });
  }

  for (const { file, code, line } of rules) {
    it(`stops ${file} by ${code}`, () => {
      expect(saidOf(file, line, code)).not.toEqual([]);
    });
  }
});

describe("the compiler", () => {
  it("knows no console, timer, process or node module in the core, and no other wing", () => {
    const probe = mkdtempSync(join(scratch, "compile-"));
    for (const file of ["package.json", "tsconfig.base.json", "contract", "server", "simulators"]) {
      cpSync(join(scratch, file), join(probe, file), {
        recursive: true,
        filter: (from) => !/\.(?:ts|vue)$/.test(from),
      });
    }
    symlinkSync(join(root, "node_modules"), join(probe, "node_modules"));
    const put = (file: string, text: string): void => writeFileSync(join(probe, file), `${text}\n`);
    for (const folder of ["server/domain", "server/adapters"]) mkdirSync(join(probe, folder), { recursive: true });
    put("contract/ok.ts", "export const ok = 1;");
    put("server/domain/ok.ts", 'import { ok } from "../../contract/ok.ts";\nexport const twice = ok * 2;');
    put("server/domain/console.ts", "console.log(1);\nexport {};");
    put("server/domain/timer.ts", "setTimeout(() => 1, 1);\nexport {};");
    put("server/domain/process.ts", "export const env = process.env;");
    put("server/domain/node.ts", 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;');
    put("server/adapters/x.ts", "export const x = 1;");
    put("server/domain/adapter.ts", 'import { x } from "../adapters/x.ts";\nexport const y = x;');
    put("simulators/wing.ts", 'import { x } from "../server/adapters/x.ts";\nexport const y = x;');
    const tsc = join("node_modules", "typescript", "bin", "tsc");
    const args = [tsc, "-b", "server/tsconfig.pure.json", "simulators", "--pretty", "false"];
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: probe, encoding: "utf8" });
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/domain\/console\.ts.*TS2584/);
    expect(stdout).toMatch(/domain\/timer\.ts.*TS2304/);
    expect(stdout).toMatch(/domain\/process\.ts.*TS2591/);
    expect(stdout).toMatch(/domain\/node\.ts.*TS2591/);
    expect(stdout).toMatch(/domain\/adapter\.ts.*TS6(?:307|059)/);
    expect(stdout).toMatch(/simulators\/wing\.ts.*TS6(?:307|059)/);
    expect(stdout).not.toMatch(/\bok\.ts/);
  });
});

describe("the server and the contract", () => {
  it("name no sector, because sectors are data", () => {
    const files = ["server", "contract"].flatMap((wing) =>
      readdirSync(join(root, wing), { recursive: true, encoding: "utf8" }).map((file) => join(wing, file)),
    );
    const sources = files.filter((file) => file.endsWith(".ts"));
    expect(sources.length).toBeGreaterThan(10);
    const sector = /tailings|chemical|hazchem|vessel/i;
    expect(sources.filter((file) => sector.test(file) || sector.test(readFileSync(join(root, file), "utf8")))).toEqual(
      [],
    );
  });
});
