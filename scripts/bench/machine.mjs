// What the machine and its processes cost: CPU and memory by /proc, bytes on disk, and how busy the machine is beside us.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

/** Linux counts CPU time in these on every platform that Node runs on. */
const ticksPerSecond = 100;

/** CPU time of a process and all its threads so far, seconds. */
export function cpuSecondsOf(pid) {
  // The name in brackets may hold blanks; what follows it does not.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Memory of a process that is in RAM now, and the most that ever was, MiB. */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mib = (name) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0) / 1024);
  return { rssMib: mib("VmRSS"), peakRssMib: mib("VmHWM") };
}

/** Bytes of all files of a folder whose path in it passes. */
export function bytesIn(folder, isCounted = () => true) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(isCounted)
    .reduce((sum, file) => sum + statSync(file).size, 0);
}

/** The load average of the last minute: 2.0 on two cores means that there was nothing left. */
export function busyness() {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/** What figures have to be read with. */
export function aboutMachine() {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
  };
}

/** The middle one: of three runs, the one that neither luck nor a neighbour made. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
