// Sending a file: its type, how much of it is on its way, and what became of it.
import { expect, it } from "vitest";
import { createAlarmsApi, fileAddress } from "../../dashboard/src/api/alarms.ts";
import { createSend } from "../../dashboard/src/api/call.ts";
import { createHandoverApi } from "../../dashboard/src/api/handover.ts";
import { deafCall } from "./support.ts";

/** A request that is turned by hand. */
function handRequest() {
  const request = Object.assign(new EventTarget(), {
    status: 200,
    responseText: "{}",
    timeout: 0,
    upload: new EventTarget(),
    said: [] as unknown[],
    open: (...words: unknown[]) => void request.said.push(words),
    setRequestHeader: (...words: unknown[]) => void request.said.push(words),
    send: (file: File) => void request.said.push(file.name),
  });
  return request;
}
function sending(file: File) {
  const request = handRequest();
  const shares: number[] = [];
  const send = createSend(() => request as unknown as XMLHttpRequest);
  return { request, shares, answer: send("/api/attachments", file, (share) => shares.push(share)) };
}

it("sends a file as it is with its type, and tells how much is on its way", async () => {
  const { request, shares, answer } = sending(new File(["abc"], "a.png", { type: "image/png" }));
  expect(request.said).toEqual([["POST", "/api/attachments"], ["content-type", "image/png"], "a.png"]);
  request.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded: 1, total: 4 }));
  request.responseText = '{"hash":"x"}';
  request.dispatchEvent(new Event("load"));
  expect(await answer).toEqual({ ok: true, value: { hash: "x" } });
  expect(shares).toEqual([0.25]);
});

it("gives the code of a refusal, and null where no answer came or none that can be read", async () => {
  const refused = sending(new File(["a"], "a"));
  expect(refused.request.said[1]).toEqual(["content-type", "application/octet-stream"]);
  Object.assign(refused.request, { status: 400, responseText: '{"code":"ATTACHMENT_INVALID"}' });
  refused.request.dispatchEvent(new Event("load"));
  expect(await refused.answer).toEqual({ ok: false, code: "ATTACHMENT_INVALID" });
  for (const end of ["error", "timeout", "abort"]) {
    const lost = sending(new File(["a"], "a"));
    lost.request.dispatchEvent(new Event(end));
    expect(await lost.answer).toEqual({ ok: false, code: null });
  }
  const garbled = sending(new File(["a"], "a"));
  garbled.request.responseText = "<html>";
  garbled.request.dispatchEvent(new Event("load"));
  expect(await garbled.answer).toEqual({ ok: false, code: null });
});

it("takes a page in the place of stamps or lists for what it is: nothing", async () => {
  const paths: string[] = [];
  const answering = (value: unknown) => ({
    ...deafCall,
    get: (path: string) => {
      paths.push(path);
      return Promise.resolve({ ok: true, value: value as never } as const);
    },
  });
  expect(await createAlarmsApi(answering({ html: 1 })).stamps("a/P1~high")).toBeNull();
  expect(await createAlarmsApi(answering({ at: {} })).stamps("a/P1~high")).toEqual({ at: {} });
  expect(paths[0]).toBe("/api/alarms/a%2FP1~high/stamps");
  expect(await createHandoverApi(answering({})).screens()).toEqual({ ok: false, code: null });
  expect(await createHandoverApi(answering([])).soundTests()).toEqual({ ok: false, code: null });
  expect(await createHandoverApi(answering({ tests: [] })).soundTests()).toEqual({ ok: true, value: [] });
  expect(paths.at(-1)).toBe("/api/sound/self-tests");
  expect(await createHandoverApi(deafCall).soundTests()).toEqual({ ok: false, code: null });
  expect(fileAddress("ab", "a#1")).toBe("/api/attachments/ab?incident=a%231");
});
