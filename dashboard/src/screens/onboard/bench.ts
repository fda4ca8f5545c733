// What the bench page holds: the devices, the one that is looked at, and its report, asked for again while it is shown.
import { computed, onBeforeUnmount, onMounted, type ShallowRef, shallowRef, watch } from "vue";
import type { BenchDevice, BenchView } from "../../../../contract/conformance.ts";
import type { FaultCode } from "../../../../contract/faults.ts";
import type { BenchApi } from "../../api.ts";

/** What the page shows, and what its buttons do. */
export interface BenchPage {
  /** Null until the first answer. */
  readonly devices: Readonly<ShallowRef<readonly BenchDevice[] | null>>;
  /** The device that is looked at, `site/device`. */
  readonly chosen: ShallowRef<string>;
  readonly view: Readonly<ShallowRef<BenchView | null>>;
  /** Who has logged in. */
  readonly person: Readonly<ShallowRef<string | null>>;
  readonly isLoginWanted: Readonly<ShallowRef<boolean>>;
  readonly isUnreachable: Readonly<ShallowRef<boolean>>;
  readonly refusal: Readonly<ShallowRef<FaultCode | null>>;
  /** The server's time, epoch ms; goes on between two answers. */
  readonly now: Readonly<ShallowRef<number>>;
  readonly act: (what: "start" | "stop") => Promise<void>;
  readonly loggedIn: () => Promise<void>;
  readonly logout: () => Promise<void>;
}

const pollMs = 2000;

/** The state of the page, kept fresh every two seconds. */
export function useBench(api: BenchApi): BenchPage {
  const devices = shallowRef<readonly BenchDevice[] | null>(null);
  const chosen = shallowRef(location.pathname.split("/").slice(2, 4).join("/"));
  const view = shallowRef<BenchView | null>(null);
  const person = shallowRef<string | null>(null);
  const isLoginWanted = shallowRef(false);
  const isUnreachable = shallowRef(false);
  const refusal = shallowRef<FaultCode | null>(null);
  /** By so much the server's clock is ahead of this one. */
  let offsetMs = 0;
  const now = shallowRef(Date.now());
  let isListRefused = false;
  const device = computed(() => devices.value?.find((one) => idOf(one) === chosen.value) ?? null);

  /** Notes why a call failed; true where it did not. */
  function isFine(answer: { readonly ok: boolean; readonly code?: FaultCode | null }): boolean {
    isUnreachable.value = !answer.ok && answer.code === null;
    if (answer.code === "NOT_LOGGED_IN") isLoginWanted.value = true;
    return answer.ok;
  }

  async function look(): Promise<void> {
    const listed = await api.benchDevices();
    if (!isFine(listed) || !listed.ok) {
      isListRefused = !listed.ok && listed.code !== null && listed.code !== "NOT_LOGGED_IN";
      if (isListRefused && !listed.ok) refusal.value = listed.code;
      return;
    }
    if (isListRefused) refusal.value = null;
    isListRefused = false;
    devices.value = listed.value.devices;
    if (device.value === null)
      chosen.value = listed.value.devices[0] === undefined ? "" : idOf(listed.value.devices[0]);
    await lookAtDevice();
  }

  async function lookAtDevice(): Promise<void> {
    const asked = device.value;
    if (asked === null) return;
    const answer = await api.benchView(asked);
    if (isFine(answer) && answer.ok && chosen.value === idOf(asked)) show(answer.value);
  }

  function show(answered: BenchView): void {
    view.value = answered;
    offsetMs = answered.at - Date.now();
    now.value = answered.at;
  }

  async function act(what: "start" | "stop"): Promise<void> {
    const asked = device.value;
    if (asked === null) return;
    const answer = await api.benchAct(asked, what);
    const isFound = isFine(answer);
    if (chosen.value === idOf(asked)) {
      refusal.value = answer.ok ? null : answer.code;
      if (isFound && answer.ok) show(answer.value);
    }
    await look();
  }

  async function loggedIn(): Promise<void> {
    isLoginWanted.value = false;
    refusal.value = null;
    const session = await api.session();
    person.value = session.ok ? (session.value.person?.name ?? null) : null;
    await look();
  }

  async function logout(): Promise<void> {
    await api.logout();
    [devices.value, view.value, person.value] = [null, null, null];
    isLoginWanted.value = true;
  }

  watch(chosen, (id) => {
    view.value = null;
    refusal.value = null;
    history.replaceState(null, "", `/onboard/${id}${location.search}`);
    void lookAtDevice();
  });
  let polling: ReturnType<typeof setInterval> | undefined;
  let ticking: ReturnType<typeof setInterval> | undefined;
  onMounted(() => {
    void loggedIn();
    polling = setInterval(() => {
      if (!isLoginWanted.value && !document.hidden) void look();
    }, pollMs);
    ticking = setInterval(() => (now.value = Date.now() + offsetMs), 500);
  });
  onBeforeUnmount(() => {
    clearInterval(polling);
    clearInterval(ticking);
  });
  return { devices, chosen, view, person, isLoginWanted, isUnreachable, refusal, now, act, loggedIn, logout };
}

/** `site/device`. */
export function idOf({ site, device }: Pick<BenchDevice, "site" | "device">): string {
  return `${site}/${device}`;
}
