// `npm run voice`: renders what the wall says aloud, in both languages, where espeak-ng is installed; else there are tones only.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** How each language is spoken; pauses between the words are the player's. */
export const voices = {
  zh: { name: "cmn", wordsPerMinute: 220, pitch: 45 },
  en: { name: "en-gb", wordsPerMinute: 175, pitch: 45 },
};
/** All clips together: a name list that has run away must not fill a disk. */
export const mostBytes = 40_000_000;
/** A single clip: a phrase has at most 8 s. */
const mostMs = 8000;
const headerBytes = 44;
/** Below this a sample counts as silence, of 32,767: espeak-ng ends each word with a pause. */
const quiet = 200;
/** What stays before and after the word, so that no consonant is cut. */
const marginMs = 25;

/** The program's version, such as `eSpeak NG 1.51`; null where it is not installed. */
export function engineOf(program = "espeak-ng") {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const version = /(\d+\.\d+(?:\.\d+)?)/u.exec(stdout ?? "")?.[1];
  return status === 0 && version !== undefined ? `espeak-ng ${version}` : null;
}

/** The sound of a WAV file (16 bit, mono) without the silence around it, as a WAV file again. */
export function trimmed(wav) {
  if (wav.toString("latin1", 36, 40) !== "data") throw new Error("espeak-ng wrote another kind of file than expected");
  const rate = wav.readUInt32LE(24);
  const samples = new Int16Array(
    wav.buffer.slice(wav.byteOffset + headerBytes, wav.byteOffset + wav.length - (wav.length % 2)),
  );
  const first = samples.findIndex((value) => Math.abs(value) > quiet);
  if (first < 0) return null;
  const last = samples.findLastIndex((value) => Math.abs(value) > quiet);
  const margin = Math.round((rate * marginMs) / 1000);
  const kept = samples.slice(Math.max(0, first - margin), last + 1 + margin);
  const out = Buffer.alloc(headerBytes + kept.byteLength);
  wav.copy(out, 0, 0, headerBytes);
  out.writeUInt32LE(out.length - 8, 4);
  out.writeUInt32LE(kept.byteLength, 40);
  Buffer.from(kept.buffer).copy(out, headerBytes);
  return { wav: out, ms: Math.round((kept.length / rate) * 1000) };
}

function speak(text, { name, wordsPerMinute, pitch }, scratch) {
  const file = join(scratch, "clip.wav");
  const words = ["-v", name, "-s", String(wordsPerMinute), "-p", String(pitch), "-w", file, "--", text];
  const { status, stderr } = spawnSync("espeak-ng", words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`espeak-ng could not say "${text}": ${stderr}`);
  return trimmed(readFileSync(file));
}

/** Renders texts by language into `cache` (what is there stays), copies them to `out`, and writes the manifest. */
export function render({ texts, engine, cache, out }) {
  const manifest = { engine, bytes: 0, clips: { zh: {}, en: {} } };
  let rendered = 0;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "skyground-voice-"));
  try {
    for (const language of engine === null ? [] : ["zh", "en"]) {
      for (const text of texts[language]) {
        const made = JSON.stringify([engine, voices[language], quiet, marginMs, text]);
        const file = `${language}/${createHash("sha256").update(made).digest("hex").slice(0, 16)}.wav`;
        const cached = join(cache, file);
        if (!existsSync(cached)) {
          const clip = speak(text, voices[language], scratch);
          // Signs alone make no sound: that name is not said.
          if (clip === null || clip.ms > mostMs) continue;
          mkdirSync(dirname(cached), { recursive: true });
          writeFileSync(cached, clip.wav);
          rendered += 1;
        }
        const wav = readFileSync(cached);
        manifest.bytes += wav.length;
        if (manifest.bytes > mostBytes) throw new Error(`the clips are larger than ${mostBytes / 1e6} MB together`);
        mkdirSync(join(out, language), { recursive: true });
        copyFileSync(cached, join(out, file));
        manifest.clips[language][text] = {
          file,
          sha256: createHash("sha256").update(wav).digest("hex"),
          ms: Math.round(((wav.length - headerBytes) / 2 / wav.readUInt32LE(24)) * 1000),
        };
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
  return { manifest, rendered };
}

async function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { values } = parseArgs({
    options: { config: { type: "string" }, out: { type: "string" } },
  });
  const configDir = values.config ?? process.env["SKYGROUND_CONFIG_DIR"] ?? join(root, "config");
  const out = values.out ?? join(root, "dist", "dashboard", "voice");
  const { loadPlan } = await import(pathToFileURL(join(root, "dist", "server", "config.js")).href);
  const { spokenTexts } = await import(pathToFileURL(join(root, "dist", "contract", "voice.js")).href);
  const loaded = loadPlan(configDir);
  if (!loaded.ok) {
    console.error(loaded.faults.join("\n"));
    process.exit(78);
  }
  const texts = { zh: spokenTexts(loaded.plan, "zh"), en: spokenTexts(loaded.plan, "en") };
  const engine = engineOf();
  const { manifest, rendered } = render({ texts, engine, cache: join(root, "dist", "voice"), out });
  const count = Object.keys(manifest.clips.zh).length + Object.keys(manifest.clips.en).length;
  if (engine === null) console.log("voice: espeak-ng is not installed, so the wall has tones only");
  else console.log(`voice: ${count} clips (${rendered} new), ${(manifest.bytes / 1e6).toFixed(1)} MB, by ${engine}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
