// The clips of the voice: rendered by espeak-ng, the same each time, bounded, and short enough for what has to be said.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spoken, spokenTexts, type VoiceManifest } from "../../contract/voice.ts";
import { loadPlan } from "../../server/config.ts";

interface VoiceModule {
  readonly engineOf: (program?: string) => string | null;
  readonly trimmed: (wav: Buffer) => { readonly wav: Buffer; readonly ms: number } | null;
  readonly render: (wanted: {
    readonly texts: Readonly<Record<"zh" | "en", readonly string[]>>;
    readonly engine: string | null;
    readonly cache: string;
    readonly out: string;
  }) => { readonly manifest: VoiceManifest; readonly rendered: number };
}

const root = join(import.meta.dirname, "..", "..");
const { engineOf, trimmed, render } = (await import(
  pathToFileURL(join(root, "scripts", "voice.mjs")).href
)) as VoiceModule;
const texts = { zh: ["红色预警", "海丰县", "……"], en: ["Red alarm"] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skyground-clips-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function renderInto(out: string, cache: string, engine = engineOf()) {
  return render({ texts, engine, cache: join(folder, cache), out: join(folder, out) });
}

describe("the clips", () => {
  it("are there for each text that makes a sound, with their length and hash", () => {
    const { manifest, rendered } = renderInto("out", "cache");
    expect(rendered).toBe(3);
    expect(Object.keys(manifest.clips.zh)).toEqual(["红色预警", "海丰县"]);
    for (const { file, sha256, ms } of Object.values(manifest.clips.zh)) {
      const wav = readFileSync(join(folder, "out", file));
      expect(createHash("sha256").update(wav).digest("hex")).toBe(sha256);
      expect(wav.readUInt32LE(40)).toBe(wav.length - 44);
      expect(Math.abs((wav.length - 44) / 2 / wav.readUInt32LE(24) - ms / 1000)).toBeLessThan(0.001);
    }
    expect(JSON.parse(readFileSync(join(folder, "out", "manifest.json"), "utf8"))).toEqual(manifest);
  });

  it("are the same bytes each time, and what is there is not rendered again", () => {
    const first = renderInto("a", "cache-a").manifest;
    expect(renderInto("b", "cache-b").manifest).toEqual(first);
    expect(renderInto("c", "cache-a")).toEqual({ manifest: first, rendered: 0 });
  });

  it("of an earlier list are gone from what is served", () => {
    renderInto("out", "cache");
    writeFileSync(join(folder, "out", "zh", "old.wav"), "old");
    renderInto("out", "cache");
    expect(readdirSync(join(folder, "out", "zh"))).toHaveLength(2);
  });

  it("are none without the program, and the manifest says so: a wall then has tones only", () => {
    expect(engineOf(join(folder, "no-such-program"))).toBeNull();
    const { manifest } = render({ texts, engine: null, cache: join(folder, "c"), out: join(folder, "out") });
    expect(manifest).toEqual({ engine: null, bytes: 0, clips: { zh: {}, en: {} } });
    expect(statSync(join(folder, "out", "manifest.json")).size).toBeGreaterThan(0);
  });

  it("have no silence around them but a margin", () => {
    const rate = 22_050;
    const wav = Buffer.alloc(44 + 2 * rate * 3);
    wav.write("data", 36, "latin1");
    wav.writeUInt32LE(rate, 24);
    for (let at = rate; at < 2 * rate; at += 1) wav.writeInt16LE(8000, 44 + 2 * at);
    expect(trimmed(wav)?.ms).toBe(1050);
    expect(trimmed(wav.fill(0, 44))).toBeNull();
    expect(() => trimmed(Buffer.alloc(44))).toThrow("another kind of file");
  });
});

describe("the clips of the shipped plan", () => {
  it("say the longest alarm without its sector within 8 s, in both languages", () => {
    const loaded = loadPlan(join(root, "config"));
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    const { plan } = loaded;
    const all = { zh: spokenTexts(plan, "zh"), en: spokenTexts(plan, "en") };
    const { manifest } = render({ texts: all, engine: engineOf(), cache: join(folder, "c"), out: join(folder, "out") });
    for (const language of ["zh", "en"] as const) {
      const clips = manifest.clips[language];
      expect(all[language].filter((text) => clips[text] === undefined)).toEqual([]);
      const msOf = (text: string): number => (clips[text]?.ms ?? 0) + 90;
      const longest = (list: readonly string[]): number => Math.max(...list.map(msOf));
      const takes =
        longest([spoken.levels.red[language], spoken.levels.orange[language]]) +
        longest(plan.counties.map(({ name }) => name[language])) +
        longest(plan.items.map(({ name }) => name[language])) +
        msOf(spoken.acknowledge[language]);
      expect(takes).toBeLessThan(8000);
    }
    expect(manifest.bytes).toBeLessThan(10_000_000);
  });
});
