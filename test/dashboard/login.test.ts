// The login dialog: a person, the password that he has to choose, and the token that makes the screen a wall.
import { mount, type VueWrapper } from "@vue/test-utils";
import { expect, it } from "vitest";
import type { Answer, Api, SessionAnswer } from "../../dashboard/src/api.ts";
import Login from "../../dashboard/src/screens/Login.vue";
import { acknowledgeBar } from "../../dashboard/src/screens/alarms/acts.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import { alarmOf } from "./support.ts";

const lin = { name: "lin", role: "dutyOfficer", tier: "city" } as const;
const hall = { name: "Hall", role: "viewer", tier: "city", isWall: true } as const;

type Calls = Pick<Api, "login" | "joinWall" | "changePassword">;

function open(answers: Partial<{ [C in keyof Calls]: Answer<SessionAnswer> }>): {
  readonly dialog: VueWrapper;
  readonly asked: unknown[][];
} {
  const asked: unknown[][] = [];
  const answer =
    (call: keyof Calls) =>
    (...said: readonly unknown[]) => {
      asked.push([call, ...said]);
      return Promise.resolve(answers[call] ?? ({ ok: false, code: null } as const));
    };
  const api: Calls = { login: answer("login"), joinWall: answer("joinWall"), changePassword: answer("changePassword") };
  const dialog = mount(Login, {
    props: { api, isRequired: true },
    global: { provide: { [wordsKey as symbol]: createWords("en") } },
  });
  return { dialog, asked };
}

const fill = (dialog: VueWrapper, id: string, text: string): Promise<void> =>
  dialog.find(`[data-testid="${id}"]`).setValue(text);
async function submit(dialog: VueWrapper): Promise<void> {
  await dialog.find("form").trigger("submit");
  await new Promise((resolve) => setTimeout(resolve, 0));
}

it("lets a person choose a password in the place of the one that he was given", async () => {
  const changed = { person: lin, mustChange: true };
  const { dialog, asked } = open({ login: { ok: true, value: changed }, changePassword: { ok: true, value: changed } });
  await fill(dialog, "login-name", "lin");
  await fill(dialog, "login-password", "given");
  await submit(dialog);
  expect(dialog.emitted("done")).toBeUndefined();
  await fill(dialog, "login-new", "three herons on a dam");
  await fill(dialog, "login-again", "three herons");
  await submit(dialog);
  expect(dialog.find('[data-testid="login-refusal"]').text()).toBe("The two are not the same");
  await fill(dialog, "login-again", "three herons on a dam");
  await submit(dialog);
  expect(asked).toEqual([
    ["login", { name: "lin", password: "given" }],
    ["changePassword", "given", "three herons on a dam"],
  ]);
  expect(dialog.emitted("done")).toHaveLength(1);
});

it("makes the screen a wall by a token, which no address and no storage ever holds", async () => {
  const before = [location.href, localStorage.length, sessionStorage.length];
  const { dialog, asked } = open({ joinWall: { ok: true, value: { person: hall } } });
  await dialog.find('[data-testid="login-as-wall"]').trigger("click");
  await fill(dialog, "login-token", " a-token-of-a-wall ");
  await submit(dialog);
  expect(asked).toEqual([["joinWall", "a-token-of-a-wall"]]);
  expect(dialog.emitted("done")).toHaveLength(1);
  expect([location.href, localStorage.length, sessionStorage.length]).toEqual(before);
});

it("says why a token is refused, and keeps it no longer", async () => {
  const { dialog } = open({ joinWall: { ok: false, code: "WALL_BOUND" } });
  await dialog.find('[data-testid="login-as-wall"]').trigger("click");
  await fill(dialog, "login-token", "a-token-of-a-wall");
  await submit(dialog);
  expect(dialog.find('[data-testid="login-refusal"]').text()).toBe("This wall belongs to another browser");
  expect((dialog.find('[data-testid="login-token"]').element as HTMLInputElement).value).toBe("");
  expect(dialog.emitted("done")).toBeUndefined();
});

it("lets a password manager fill it and a person paste into it", () => {
  const { dialog } = open({});
  const fields = ["login-name", "login-password"].map((id) => dialog.find(`[data-testid="${id}"]`).element);
  expect(fields.map((field) => field.getAttribute("autocomplete"))).toEqual(["username", "current-password"]);
  for (const field of fields) {
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    field.dispatchEvent(paste);
    expect(paste.defaultPrevented).toBe(false);
  }
});

it("asks for a login, not for other rights, where an alarm is answered at a wall", () => {
  const alarm = alarmOf("plant-1/T-1", "red");
  const { tier } = alarm.tiers.find(({ owedLevel }) => owedLevel !== null) ?? { tier: "city" as const };
  const seat = { tier, isLinked: true };
  expect(acknowledgeBar(alarm, { ...seat, person: { ...hall, tier } })).toBe("act.needLogin");
  expect(acknowledgeBar(alarm, { ...seat, person: { ...lin, tier } })).toBeNull();
});
