// What the sheet at the change of shift asks over HTTP: how walls and sound are doing, and a login at the seat itself.
import type { ScreenHealth, SoundTestView } from "../../../contract/receipt.ts";
import type { LoginRequest, Person } from "../../../contract/wall.ts";
import type { Answer, Call } from "./call.ts";

/** The calls of the sheet. */
export interface HandoverApi {
  readonly screens: () => Promise<Answer<readonly ScreenHealth[]>>;
  readonly soundTests: () => Promise<Answer<readonly SoundTestView[]>>;
  readonly login: (
    request: LoginRequest,
  ) => Promise<Answer<{ readonly person: Person | null; readonly mustChange?: boolean }>>;
}

/** A list where it is one: a server that does not know the path may answer with anything. */
function listIn<T>(answer: Answer<unknown>, name?: string): Answer<readonly T[]> {
  if (!answer.ok) return answer;
  const { value } = answer;
  const list = name !== undefined && typeof value === "object" && value !== null ? Reflect.get(value, name) : value;
  return Array.isArray(list) ? { ok: true, value: list as T[] } : { ok: false, code: null };
}

/** The calls of the sheet. */
export function createHandoverApi({ get, post }: Call): HandoverApi {
  return {
    screens: () => get("/api/walls/health").then((answer) => listIn(answer)),
    soundTests: () => get("/api/sound/self-tests").then((answer) => listIn(answer, "tests")),
    login: (request) => post("/api/login", request),
  };
}
