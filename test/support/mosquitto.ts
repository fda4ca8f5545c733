// A real Mosquitto for tests: Debian's binary on a free port, with a password file and an access list.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { endProgram, programAt, runProgram } from "./program.ts";
import type { Outcome } from "./program.ts";

/** The users of a Mosquitto: password, and its lines of the access list. */
export type MosquittoUsers = Readonly<Record<string, { readonly password: string; readonly acl: readonly string[] }>>;

/** A running Mosquitto. */
export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** Ends the process without a chance to say goodbye. */
  kill(): Promise<void>;
  /** Starts it again on the same port with what it had on disk. */
  start(): Promise<void>;
  /** Ends the process and removes its files. */
  stop(): Promise<void>;
}

/** Starts a Mosquitto that knows these users and no others, or those of given files; further lines go into its configuration. */
export async function startMosquitto(
  users: MosquittoUsers,
  further: readonly string[] = [],
  given?: { readonly password: string; readonly acl: string },
): Promise<Mosquitto> {
  const broker = programAt("/usr/sbin/mosquitto", "mosquitto");
  const passwd = programAt("/usr/bin/mosquitto_passwd", "mosquitto");
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), "skyground-mosquitto-"));
  const passwordFile = join(directory, "passwords");
  const aclFile = join(directory, "acl");
  await writeFile(passwordFile, "", { mode: 0o600 });
  for (const [name, { password }] of Object.entries(users)) {
    const { code, stderr } = await runProgram(passwd, ["-b", passwordFile, name, password]);
    if (code !== 0) throw new Error(`mosquitto_passwd: ${stderr}`);
  }
  await writeFile(
    aclFile,
    Object.entries(users)
      .map(([name, { acl }]) => [`user ${name}`, ...acl, ""].join("\n"))
      .join("\n"),
    { mode: 0o600 },
  );
  const configFile = join(directory, "mosquitto.conf");
  const config = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous false",
    `password_file ${given?.password ?? passwordFile}`,
    `acl_file ${given?.acl ?? aclFile}`,
    "persistence true",
    `persistence_location ${directory}/`,
    // Every change goes to disk at once, so that a killed broker has what it acknowledged.
    "autosave_on_changes true",
    "autosave_interval 1",
    "max_queued_messages 0",
    // As root it would else give up its rights and could not read its own files.
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    ...further,
  ];
  await writeFile(configFile, `${config.join("\n")}\n`);

  let child: ChildProcess | null = null;
  async function start(): Promise<void> {
    const started = spawn(broker, ["-c", configFile], { stdio: ["ignore", "ignore", "pipe"] });
    child = started;
    let said = "";
    started.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const deadline = Date.now() + 10_000;
    while (!(await accepts(port))) {
      if (started.exitCode !== null || Date.now() > deadline) throw new Error(`mosquitto does not start: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  await start();
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    start,
    async kill() {
      if (child !== null) await endProgram(child, "SIGKILL");
    },
    async stop() {
      if (child !== null) await endProgram(child);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Publishes by mosquitto_pub to 127.0.0.1. */
export function mosquittoPub(port: number, args: readonly string[], deadlineMs?: number): Promise<Outcome> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  return runProgram(program, ["-h", "127.0.0.1", "-p", String(port), ...args], deadlineMs);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
