// An audio context that makes no sound: it notes what would be heard, from when to when and how loud.

type Ramp = readonly ["set" | "ramp", value: number, at: number];

/** One source that was started. */
export interface Heard {
  readonly hertz: number | null;
  readonly from: number;
  /** When it is stopped; Infinity where it plays to its end. */
  to: number;
  /** The volume that all of its utterance goes through. */
  readonly knob: number;
  readonly ramps: readonly Ramp[];
}

/** A context whose time is turned by hand. */
export interface HandAudio {
  readonly context: AudioContext;
  readonly sources: readonly Heard[];
  /** Goes on by so many seconds. */
  readonly turn: (seconds: number) => void;
  /** A clip of so many seconds. */
  readonly clip: (seconds: number) => AudioBuffer;
  state: AudioContextState;
}

interface Node {
  readonly ramps: Ramp[];
  readonly gain: object & { value: number };
  to: Node | null;
}

/** A context; every eight bytes are a clip of a second, and no bytes are no sound. */
export function createHandAudio(state: AudioContextState = "running"): HandAudio {
  const sources: (Heard & { to: number })[] = [];
  const destination = { name: "loudspeaker" };
  const connect =
    (from: Node) =>
    (to: unknown): unknown => {
      if (to !== destination) from.to = to as Node;
      return to;
    };
  function node(): Node {
    const ramps: Ramp[] = [];
    const gain = {
      value: 1,
      setValueAtTime: (value: number, at: number) => void ramps.push(["set", value, at]),
      linearRampToValueAtTime: (value: number, at: number) => void ramps.push(["ramp", value, at]),
    };
    const made: Node = { ramps, gain, to: null };
    return Object.assign(made, { connect: connect(made) });
  }
  function source(): unknown {
    const made = node();
    const frequency = { value: 0 };
    let heard: (Heard & { to: number }) | null = null;
    return Object.assign(made, {
      frequency,
      start(from: number) {
        const shape = made.to;
        const knob = shape?.to ?? shape;
        heard = {
          hertz: frequency.value === 0 ? null : frequency.value,
          from,
          to: Infinity,
          knob: knob?.gain.value ?? 0,
          ramps: shape?.to === null ? [] : (shape?.ramps ?? []),
        };
        sources.push(heard);
      },
      stop(at: number) {
        if (heard !== null) heard.to = Math.min(heard.to, at);
      },
    });
  }
  const hand = { state, at: 0 };
  const context = {
    get state() {
      return hand.state;
    },
    get currentTime() {
      return hand.at;
    },
    destination,
    createGain: node,
    createOscillator: source,
    createBufferSource: source,
    decodeAudioData: (bytes: ArrayBuffer) =>
      bytes.byteLength === 0
        ? Promise.reject(new Error("no sound"))
        : Promise.resolve({ duration: bytes.byteLength / 8 } as AudioBuffer),
    resume: () => {
      hand.state = "running";
      return Promise.resolve();
    },
  };
  return Object.assign(hand, {
    context: context as unknown as AudioContext,
    sources,
    turn: (seconds: number) => void (hand.at += seconds),
    clip: (seconds: number) => ({ duration: seconds }) as AudioBuffer,
  });
}
