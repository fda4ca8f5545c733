// What the sheet at the change of shift asks over HTTP: how walls and sound are doing, and a login at the seat itself.
import type { ScreenHealth } from "../../../contract/receipt.ts";
import type { LoginRequest, Person } from "../../../contract/wall.ts";
import type { Answer, Call } from "./call.ts";

/** The last sound test of one screen, as far as the sheet tells it. */
export interface SelfTest {
  readonly screen: string;
  readonly at: number;
}

/** The calls of the sheet. */
export interface HandoverApi {
  readonly screens: () => Promise<Answer<readonly ScreenHealth[]>>;
  readonly selfTests: () => Promise<Answer<readonly SelfTest[]>>;
  readonly login: (
    request: LoginRequest,
  ) => Promise<Answer<{ readonly person: Person | null; readonly mustChange?: boolean }>>;
}

/** A server that does not know the path may answer with anything: only a list is one. */
async function listOf<T>(asked: Promise<Answer<unknown>>): Promise<Answer<readonly T[]>> {
  const answer = await asked;
  if (!answer.ok) return answer;
  return Array.isArray(answer.value) ? { ok: true, value: answer.value as T[] } : { ok: false, code: null };
}

/** The calls of the sheet. */
export function createHandoverApi({ get, post }: Call): HandoverApi {
  return {
    screens: () => listOf(get("/api/walls/health")),
    selfTests: () => listOf(get("/api/sound/self-tests")),
    login: (request) => post("/api/login", request),
  };
}
