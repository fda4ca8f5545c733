// The documents: what they tell to run exists, what they link is there, and nothing names the machine it was made on.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const pages = existsSync(join(root, "docs"))
  ? readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"))
  : [];
const documents = ["README.md", "README.zh-CN.md", ...pages.map((page) => join("docs", page))];

/** npm's own words need no `run`; everything else that a document tells to run must be a script. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/\bnpm (?:run )?(?:--silent |-s )?([a-z][\w:-]*)/g)]
    .map(([, name]) => name ?? "")
    .filter((name) => !["ci", "install", "run", "pack", "view", "exec"].includes(name));
}

/** Targets of links and images, markdown's and HTML's, that lie in the repository. */
function targetsOf(text: string): string[] {
  const written = [
    ...[...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)].map(([, target]) => target ?? ""),
    ...[...text.matchAll(/\b(?:src|href)="([^"]+)"/g)].map(([, target]) => target ?? ""),
  ];
  return written.filter((target) => !/^(?:[a-z]+:|#)/i.test(target)).map((target) => target.replace(/#.*$/, ""));
}

describe.each(documents)("%s", (document) => {
  it("is there", () => {
    expect(existsSync(join(root, document))).toBe(true);
  });

  it("tells to run only what exists", () => {
    const text = read(document);
    expect(commandsOf(text).filter((name) => !(name in scripts))).toEqual([]);
    const files = [...text.matchAll(/\b(?:scripts|test)\/[\w./-]+\.(?:mjs|ts|sh)\b/g)].map(([file]) => file);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("links only what is there", () => {
    const targets = targetsOf(read(document)).map((target) => decodeURIComponent(target));
    const paths = targets.map((target) =>
      target.startsWith("/") ? join(root, target) : join(root, dirname(document), target),
    );
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe("the repository", () => {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));

  it("is listed by git", () => {
    expect(listed.status).toBe(0);
    expect(files).toContain("package.json");
  });

  it("names no machine path and no registry host", () => {
    // Put together here, so that this file does not find itself.
    const machine = ["work", "root", "home", "Users"].map((folder) => `/${folder}/`).join("|");
    const registry = ["registry\\.[a-z0-9-]+\\.[a-z]", "npmjs\\.org", "npmmirror", "artifactory", "verdaccio"].join(
      "|",
    );
    const forbidden = new RegExp(`(?<![\\w.~-])(?:${machine})|(?:${registry})`, "i");
    const own = ["test/tools/docs.test.ts"];
    const found = files
      .filter((file) => !own.includes(file) && !/\.(?:png|jpe?g|gif|gz|woff2?|ico)$/.test(file))
      .flatMap((file) =>
        read(file)
          .split("\n")
          .flatMap((line, index) => (forbidden.test(line) ? [`${file}:${index + 1}: ${line.slice(0, 160)}`] : [])),
      );
    expect(found).toEqual([]);
  });

  it("has a lock file that names no address", () => {
    expect(read("package-lock.json")).not.toMatch(/"resolved": "(?!file:)/);
  });
});
