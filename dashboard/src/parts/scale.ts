// How many times the stage is magnified: charts need it for a sharp canvas.
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";

/** Where the stage hands its magnification down. */
export const scaleKey: InjectionKey<ShallowRef<number>> = Symbol("scale");

/** The magnification of the stage. */
export function useScale(): Readonly<ShallowRef<number>> {
  return inject(scaleKey, shallowRef(1));
}
