// One call of the server over HTTP: its answer, or the code of its refusal; the rooms of `api/` stand on it.
import { inject, type InjectionKey } from "vue";
import { faults, type FaultCode } from "../../../contract/faults.ts";

/** The answer of a call: its value, or the code of its refusal; null where the server could not be reached. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: FaultCode | null;
      /** What is wrong with what was sent, a sentence each, where the server says more than the code. */
      readonly faults?: readonly string[];
    };

/** The ways to call: each gives an answer and never throws. */
export interface Call {
  readonly get: <T>(path: string) => Promise<Answer<T>>;
  readonly post: <T>(path: string, body?: unknown) => Promise<Answer<T>>;
  /** Anything else: another method, a file, a longer time. */
  readonly ask: <T>(path: string, init?: RequestInit, withinMs?: number) => Promise<Answer<T>>;
}

const timeoutMs = 10_000;

function codeOf(body: unknown): FaultCode | null {
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : null;
  return typeof code === "string" && Object.hasOwn(faults, code) ? (code as FaultCode) : null;
}

/** The refusal that a body tells of. */
function refusalOf(body: unknown): Extract<Answer<never>, { readonly ok: false }> {
  const sentences = typeof body === "object" && body !== null && "faults" in body ? body.faults : null;
  const said = Array.isArray(sentences) ? { faults: sentences.map(String) } : {};
  return { ok: false, code: codeOf(body), ...said };
}

/** The calls over `fetch`. */
export function createCall(fetching: typeof fetch = (...request) => fetch(...request)): Call {
  async function ask<T>(path: string, init: RequestInit = {}, withinMs = timeoutMs): Promise<Answer<T>> {
    try {
      const response = await fetching(path, {
        ...init,
        credentials: "same-origin",
        signal: AbortSignal.timeout(withinMs),
      });
      const body: unknown = response.status === 204 ? null : await response.json();
      return response.ok ? { ok: true, value: body as T } : refusalOf(body);
    } catch {
      // No network, no JSON, no answer in time: for the person all three are "cannot be reached".
      return { ok: false, code: null };
    }
  }
  return {
    ask,
    get: (path) => ask(path),
    post: (path, body) =>
      body === undefined
        ? ask(path, { method: "POST" })
        : ask(path, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          }),
  };
}

/** Where the app hands its calls to its screens. */
export const callKey: InjectionKey<Call> = Symbol("call");

/** The app's calls. */
export function useCall(): Call {
  const call = inject(callKey);
  if (call === undefined) throw new Error("the app provides no calls");
  return call;
}
