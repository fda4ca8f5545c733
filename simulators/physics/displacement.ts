// Surface displacement: creep to failure (Voight, Fukuzono, α = 2), a step after rain that dies away, and the noise of GNSS.

/** Creep that fails after `failureDays`, starting at `startMmPerDay`. */
export interface Creep {
  readonly startMmPerDay: number;
  readonly failureDays: number;
}

/** The rate after `days`, mm/d: `v = v₀/(1 − t/t_f)`; its inverse falls on a straight line. */
export function creepRate(creep: Creep, days: number): number {
  return creep.startMmPerDay / (1 - days / creep.failureDays);
}

/** The way covered after `days`, mm: `x = −(1/A)·ln(1 − t/t_f)` with `A = 1/(v₀·t_f)`. */
export function creepDisplacement(creep: Creep, days: number): number {
  return -creep.startMmPerDay * creep.failureDays * Math.log(1 - days / creep.failureDays);
}

/** The way covered after `days` by a pulse of creep that dies away, mm: `x = Δv·τ·(1 − e^(−t/τ))`. */
export function pulseDisplacement(startMmPerDay: number, recessionDays: number, days: number): number {
  return startMmPerDay * recessionDays * (1 - Math.exp(-days / recessionDays));
}

/** The error of one hourly GNSS solution, mm: white noise, and multipath that comes back every day. */
export function gnssError(atMs: number, sigmaMm: number, multipathMm: number, gauss: () => number): number {
  return sigmaMm * gauss() + multipathMm * Math.sin((2 * Math.PI * atMs) / 86_400_000);
}
