// Where a fault of the configuration lies, and the one list that collects them all.

/** A place in a file, such as `kinds.dry_beach.rules.low.orange` in a pack. */
export interface Place {
  readonly file: string;
  readonly path: string;
}

/** The faults of one reading: each line once, in the order found. */
export interface FaultList {
  readonly add: (place: Place, message: string) => void;
  /** Adds the fault only where nothing is wrong at or below that place yet: a mistyped value is not missing too. */
  readonly addUnlessFaulty: (place: Place, message: string) => void;
  readonly isFaulty: (place: Place) => boolean;
  readonly lines: () => readonly string[];
}

/** The place of a named thing below another place. */
export function below(place: Place, key: string): Place {
  return { file: place.file, path: place.path === "" ? key : `${place.path}.${key}` };
}

/** The place of a list's element: by its own name where it has one, else by its index. */
export function element(list: Place, index: number, name: string | number | undefined): Place {
  return name === undefined || name === ""
    ? { file: list.file, path: `${list.path}[${index}]` }
    : below(list, String(name));
}

/** An empty list of faults. */
export function createFaultList(): FaultList {
  const lines = new Set<string>();
  const places: Place[] = [];
  const isFaulty = (place: Place): boolean =>
    places.some(
      (known) =>
        known.file === place.file &&
        (known.path === place.path ||
          known.path.startsWith(`${place.path}.`) ||
          known.path.startsWith(`${place.path}[`)),
    );
  const add = (place: Place, message: string): void => {
    places.push(place);
    lines.add(place.path === "" ? `${place.file}: ${message}` : `${place.file}: ${place.path}: ${message}`);
  };
  return {
    add,
    addUnlessFaulty: (place, message) => {
      if (!isFaulty(place)) add(place, message);
    },
    isFaulty,
    lines: () => [...lines],
  };
}
