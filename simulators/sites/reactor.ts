// The reactor of a site: held at its set point in normal life, running away once its cooling is lost.
import type { Point } from "../../contract/plant.ts";
import { createWander } from "../physics/ambient.ts";
import type { Random } from "../physics/random.ts";
import { createReactor } from "../physics/reactor.ts";
import { setpointOf, type Part } from "./part.ts";

/** A reactor's first limit stands this far above its set point. */
const BLUE_ABOVE_C = 3;
const USUAL_C = 60;

/** Builds the reactor that the site's temperature point looks at. */
export function createReactorPart(points: readonly Point[], random: Random): Part {
  const gauge = points.find((point) => point.kind === "react_temp");
  const blueC = gauge === undefined ? undefined : setpointOf(gauge, "high", "blue");
  const reactor = createReactor({
    setPointC: blueC === undefined ? USUAL_C : blueC - BLUE_ABOVE_C,
    activationJPerMol: 95_000,
    startKPerMin: 0.05,
    adiabaticRiseK: 150,
  });
  /** How the controller lets the temperature sway; so slowly that its rate stays below a hundredth of a degree a minute. */
  const sway = createWander(4 * 3600, 0.3, random.gauss);
  return {
    step: (_atMs, dtS) => {
      if (gauge === undefined) return;
      reactor.step(dtS);
      sway.step(dtS);
    },
    read: (point, noise) => {
      if (point.kind === "react_temp") return reactor.tempC() + sway.value() + 0.1 * noise.gauss();
      // The controller's own rate, taken over ten seconds of filtered readings.
      if (point.kind === "react_temp_rate") return reactor.ratePerMin() + 0.03 * noise.gauss();
      return undefined;
    },
    act: (action) => {
      if (action.do === "loseCooling") reactor.loseCooling();
      if (action.do === "quench") reactor.quench();
    },
  };
}
