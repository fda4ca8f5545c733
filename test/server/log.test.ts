// The log: one JSON line an event, with its room and its error, never a secret, never on stdout.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { createLog, type LogLevel } from "../../server/log.ts";

function listen(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const log = createLog(level, {
    write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
  });
  return { log, lines };
}

describe("log", () => {
  it("writes one line an event, from its level upward, with what its room adds", () => {
    const { log, lines } = listen("info");
    log.debug("unheard");
    log.child({ room: "broker" }).warn("connection refused", { device: "pond-1.gw-1" });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "warn",
      room: "broker",
      device: "pond-1.gw-1",
      message: "connection refused",
    });
    expect(new Date(String(lines[0]?.["time"])).toISOString()).toBe(lines[0]?.["time"]);
  });

  it("writes an error with its causes", () => {
    const { log, lines } = listen("info");
    log.error("stopped", { error: new Error("open register", { cause: new Error("disk full") }) });
    expect(JSON.stringify(lines[0]?.["error"])).toMatch(/open register.*caused by: Error: disk full/);
  });

  it("keeps secrets out, whoever hands them over", () => {
    const { log, lines } = listen("debug");
    log.debug("x", { password: "hunter-1", session: { token: "hunter-2" }, headers: { cookie: "hunter-3" } });
    expect(JSON.stringify(lines)).not.toContain("hunter");
  });

  it("says nothing where it is silent", () => {
    const { log, lines } = listen("silent");
    log.error("unheard");
    expect(lines).toEqual([]);
  });

  it("leaves stdout to the commands", () => {
    const loader = new URL("../support/typescript.mjs", import.meta.url).href;
    const room = new URL("../../server/log.ts", import.meta.url).href;
    const script = `import { createLog } from ${JSON.stringify(room)}; createLog("info").info("heard");`;
    const flags = ["--import", loader, "--input-type=module", "-e", script];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(stderr).toContain("heard");
  });
});
