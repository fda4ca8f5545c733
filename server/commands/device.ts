// The command `device`: devices and their credentials from the machine's own console; secrets are shown this once.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AuditActor } from "../../contract/audit.ts";
import { exitCodes } from "../app/exit-codes.ts";
import { type Answer, createRegisterActs, type RegisterActs, usualOverlapHours } from "../app/register-acts.ts";
import type { Register } from "../adapters/register.ts";
import { type Output, withRegister } from "../commands.ts";

/** What may stand beside the words. */
export interface DeviceValues {
  readonly reason?: string | undefined;
  readonly overlap?: string | undefined;
}

const usage =
  "device list | add SITE DEVICE | rotate SITE DEVICE [--overlap HOURS] | revoke SITE DEVICE | pin SITE DEVICE FILE | " +
  "open SITE DEVICE --reason TEXT | retire SITE DEVICE | restore SITE DEVICE";
const HOUR_MS = 3_600_000;

/** What was asked for, ready to be done. */
interface Asked {
  readonly acts: RegisterActs;
  readonly name: { readonly site: string; readonly device: string };
  readonly actor: AuditActor;
}

/** `device …`: a secret is generated and shown this once. A server that runs sees the change within seconds. */
export function runDevice(dataDir: string, words: readonly string[], values: DeviceValues, output: Output): number {
  const [verb = "", site = "", device = "", file] = words;
  return withRegister(dataDir, (register) => {
    if (verb === "list") return list(register, output);
    const { reason } = values;
    const actor: AuditActor = { by: null, ...(reason === undefined ? {} : { reason }) };
    const asked: Asked = { acts: createRegisterActs({ register }), name: { site, device }, actor };
    const done = site === "" || device === "" ? null : doIt(verb, asked, { overlap: values.overlap, file });
    if (done === null) {
      output.say(usage);
      return exitCodes.usage;
    }
    output.out(done.ok ? wordsOf(done.result) : [`${site}/${device}: ${done.code}`, ...(done.faults ?? [])].join("; "));
    return done.ok ? exitCodes.done : exitCodes.found;
  });
}

/** Null: no such verb, or it lacks a word. */
function doIt(
  verb: string,
  { acts, name, actor }: Asked,
  { overlap, file }: { readonly overlap: string | undefined; readonly file: string | undefined },
): Answer<unknown> | null {
  switch (verb) {
    case "add":
      return acts.handOut(name, actor);
    case "rotate": {
      const hours =
        overlap === undefined ? usualOverlapHours : /^\d{1,3}$/.test(overlap) ? Number(overlap) : Number.NaN;
      return hours <= 720 ? acts.rotate(name, hours * HOUR_MS, actor) : null;
    }
    case "revoke":
      return acts.revoke(name, actor);
    case "pin":
      return file === undefined ? null : acts.pin(name, fingerprintOf(file), actor);
    case "open":
      return acts.open(name, actor);
    case "retire":
    case "restore":
      return acts.markDevice(name, verb, actor);
    default:
      return null;
  }
}

function fingerprintOf(file: string): string {
  return new X509Certificate(readFileSync(file)).fingerprint256;
}

function wordsOf(result: unknown): string {
  const { userName, secret } = (result ?? {}) as { readonly userName?: string; readonly secret?: string };
  return secret === undefined ? "done" : `user name ${userName}, password ${secret}`;
}

function list(register: Register, output: Output): number {
  const credentials = register.listCredentials();
  for (const { site, device, userName, stage, dialect, createdAt } of register.listDevices()) {
    const its = credentials.filter((one) => one.site === site && one.device === device);
    const said = its.map(({ kind, expiresAt }) =>
      expiresAt === null ? kind : `${kind} until ${new Date(expiresAt).toISOString()}`,
    );
    const since = new Date(createdAt).toISOString();
    output.out(`${userName}  ${dialect}  ${stage}  since ${since}  ${said.join(", ") || "no credential"}`);
  }
  return exitCodes.done;
}
