// The command `register`: enterprises, sites and devices as tables, in and out.
import { readFileSync } from "node:fs";
import { type RegisterKind, registerKinds } from "../../contract/register.ts";
import { exitCodes } from "../app/exit-codes.ts";
import { createRegisterActs } from "../app/register-acts.ts";
import { type Output, withRegister } from "../commands.ts";

/** `register import FILE --kind KIND | export --kind KIND`: a table is entered whole, or every fault is named. */
export function runRegister(
  dataDir: string,
  words: readonly string[],
  values: { readonly kind?: string | undefined },
  output: Output,
): number {
  const [verb, file] = words;
  const kind = registerKinds.find((one): one is RegisterKind => one === values.kind);
  if (kind === undefined || !(verb === "export" || (verb === "import" && file !== undefined))) {
    output.say(
      `register import FILE --kind ${registerKinds.join("|")} | register export --kind ${registerKinds.join("|")}`,
    );
    return exitCodes.usage;
  }
  return withRegister(dataDir, (register) => {
    const acts = createRegisterActs({ register });
    if (verb === "export" || file === undefined) {
      output.out(acts.exportTable(kind).trimEnd());
      return exitCodes.done;
    }
    const done = acts.importTable(kind, readFileSync(file), { by: null });
    if (done.ok) output.out(`${done.result.entered} ${kind} entered`);
    else for (const fault of done.faults ?? [done.code]) output.out(fault);
    return done.ok ? exitCodes.done : exitCodes.found;
  });
}
