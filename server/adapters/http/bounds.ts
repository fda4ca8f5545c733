// How much one may ask: so many times a minute, and so many at once.

const minuteMs = 60_000;
/** More of them in one minute are no longer told apart: who is new then has to wait. */
const mostKnown = 1000;

/** Counts what each one asks in the minute that runs; true where one more may. A clock that was set back begins another minute. */
export function createTurnstile(now: () => number, mostAMinute: number): (who: string) => boolean {
  const counts = new Map<string, number>();
  let from = -Infinity;
  return (who) => {
    if (Math.abs(now() - from) >= minuteMs) {
      from = now();
      counts.clear();
    }
    const count = (counts.get(who) ?? 0) + 1;
    if (count > mostAMinute || (counts.size >= mostKnown && !counts.has(who))) return false;
    counts.set(who, count);
    return true;
  };
}

/** Places to wait in: so many in all, and so many for one. */
export function createPlaces(
  most: number,
  mostOfOne: number,
): { readonly take: (who: string) => boolean; readonly leave: (who: string) => void } {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(who) {
      const own = taken.get(who) ?? 0;
      if (all >= most || own >= mostOfOne) return false;
      all += 1;
      taken.set(who, own + 1);
      return true;
    },
    leave(who) {
      const left = (taken.get(who) ?? 1) - 1;
      all -= 1;
      if (left === 0) taken.delete(who);
      else taken.set(who, left);
    },
  };
}
