// A process that takes the lock of a data directory and keeps it until it is killed.
import { lockData } from "../../server/adapters/lock.ts";

lockData(String(process.argv[2]));
process.stdout.write("locked\n");
setInterval(() => undefined, 60_000);
