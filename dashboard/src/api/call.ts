// One call of the server over HTTP: its answer, or the code of its refusal; the rooms of `api/` stand on it.
import { inject, type InjectionKey } from "vue";
import { faults, type FaultCode } from "../../../contract/faults.ts";
import type { Estimate } from "../../../contract/series.ts";

/** Since when a reading fails, epoch ms, and how often it was tried since. */
export interface Failed {
  readonly at: number;
  readonly tries: number;
}

/** The answer of a call: its value, or the code of its refusal (null where the server could not be reached) and every fault. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: FaultCode | null;
      /** What is wrong with what was sent, a sentence each, where the server says more than the code. */
      readonly faults?: readonly string[];
      /** Where the question was too large: how large, and what would fit. */
      readonly estimate?: Estimate;
    };

/** A file as it came. */
export interface FileAnswer {
  readonly name: string;
  readonly blob: Blob;
}

/** The ways to call: each gives an answer and never throws. */
export interface Call {
  readonly get: <T>(path: string) => Promise<Answer<T>>;
  readonly post: <T>(path: string, body?: unknown) => Promise<Answer<T>>;
  /** Anything else: another method, a file, a longer time. */
  readonly ask: <T>(path: string, init?: RequestInit, withinMs?: number) => Promise<Answer<T>>;
  /** A file, piece by piece; told after each how many bytes have come. */
  readonly file: (path: string, onBytes: (bytes: number) => void) => Promise<Answer<FileAnswer>>;
}

const timeoutMs = 10_000;
/** A million rows over a thin line. */
const fileTimeoutMs = 600_000;

function codeOf(body: unknown): FaultCode | null {
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : null;
  return typeof code === "string" && Object.hasOwn(faults, code) ? (code as FaultCode) : null;
}

/** The faults that a refusal lists, where it lists any. */
function faultsOf(body: unknown): { readonly faults?: readonly string[] } {
  const listed = typeof body === "object" && body !== null && "faults" in body ? body.faults : null;
  return Array.isArray(listed) ? { faults: listed.map(String) } : {};
}

function refusalOf(body: unknown): Extract<Answer<never>, { ok: false }> {
  const estimate = typeof body === "object" && body !== null && "estimate" in body ? body.estimate : undefined;
  return {
    ok: false,
    code: codeOf(body),
    ...faultsOf(body),
    ...(estimate === undefined ? {} : { estimate: estimate as Estimate }),
  };
}

function nameOf(response: Response): string {
  return /filename="([^"]+)"/u.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "export";
}

async function readAll(response: Response, onBytes: (bytes: number) => void): Promise<Blob> {
  const pieces: BlobPart[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) {
    pieces.push(next.value);
    onBytes((bytes += next.value.byteLength));
  }
  return new Blob(pieces, { type: response.headers.get("content-type") ?? "" });
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
  async function file(path: string, onBytes: (bytes: number) => void): Promise<Answer<FileAnswer>> {
    try {
      const response = await fetching(path, { credentials: "same-origin", signal: AbortSignal.timeout(fileTimeoutMs) });
      if (!response.ok) return refusalOf(await response.json());
      return { ok: true, value: { name: nameOf(response), blob: await readAll(response, onBytes) } };
    } catch {
      return { ok: false, code: null };
    }
  }
  return {
    ask,
    file,
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

/** A file as it is; null where it did not come. */
export async function fetchBytes(path: string): Promise<ArrayBuffer | null> {
  try {
    const response = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs) });
    return response.ok ? await response.arrayBuffer() : null;
  } catch {
    return null;
  }
}

/** Where the app hands its calls to its screens. */
export const callKey: InjectionKey<Call> = Symbol("call");

/** The app's calls. */
export function useCall(): Call {
  const call = inject(callKey);
  if (call === undefined) throw new Error("the app provides no calls");
  return call;
}

/** Sends a file as it is, and says how much of it is on its way, 0 to 1. */
export type Send = <T>(path: string, file: File, onProgress: (share: number) => void) => Promise<Answer<T>>;

const sendWithinMs = 120_000;

/** The way to send files: by XMLHttpRequest, for `fetch` tells nothing while a body is on its way. */
export function createSend(open: () => XMLHttpRequest = () => new XMLHttpRequest()): Send {
  return <T>(path: string, file: File, onProgress: (share: number) => void) =>
    new Promise<Answer<T>>((resolve) => {
      const request = open();
      request.open("POST", path);
      request.timeout = sendWithinMs;
      request.setRequestHeader("content-type", file.type === "" ? "application/octet-stream" : file.type);
      request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
      request.addEventListener("load", () => {
        try {
          const body: unknown = JSON.parse(request.responseText);
          resolve(request.status < 300 ? { ok: true, value: body as T } : { ok: false, code: codeOf(body) });
        } catch {
          resolve({ ok: false, code: null });
        }
      });
      for (const end of ["error", "timeout", "abort"]) {
        request.addEventListener(end, () => resolve({ ok: false, code: null }));
      }
      request.send(file);
    });
}

/** Where another way to send files may be handed in. */
export const sendKey: InjectionKey<Send> = Symbol("send");

/** The way to send files. */
export function useSend(): Send {
  return inject(sendKey, createSend, true);
}
