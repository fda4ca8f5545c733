// What to do about a refusal: one advice for each kind of cause.
import type { FaultCode } from "../../../../contract/faults.ts";

/** The kinds of advice. */
export type Advice = "format" | "topic" | "credential" | "register" | "value" | "time" | "sequence" | "unit" | "rate";

const advices: Readonly<Partial<Record<FaultCode, Advice>>> = {
  MESSAGE_BAD_JSON: "format",
  MESSAGE_BAD_SHAPE: "format",
  MESSAGE_TOO_LARGE: "format",
  MESSAGE_NOT_UTF8: "format",
  FRAME_BROKEN: "format",
  BIRTH_MISSING: "format",
  TOPIC_UNKNOWN: "topic",
  TOPIC_NOT_ALLOWED: "topic",
  TOPIC_SHARED: "topic",
  TRIAL_NOT_HEARD: "topic",
  CLIENT_NOT_ALLOWED: "credential",
  CLIENT_BAD_NAME: "credential",
  CLIENT_FLAPPING: "rate",
  CLIENT_OVER_RATE: "rate",
  SITE_UNKNOWN: "register",
  DEVICE_UNKNOWN: "register",
  SAMPLE_UNKNOWN_POINT: "register",
  SAMPLE_BAD_NAME: "register",
  SAMPLE_WRONG_TYPE: "value",
  SAMPLE_NOT_FINITE: "value",
  SAMPLE_OUT_OF_RANGE: "value",
  SAMPLE_SATURATED: "value",
  SAMPLE_FLAGGED: "value",
  SAMPLE_OUTSIDE_OPERATOR: "value",
  SAMPLE_SPIKE: "value",
  SAMPLE_TOO_FAST: "value",
  SAMPLE_FLAT: "value",
  SAMPLE_ATTENUATED: "value",
  SAMPLE_BAD_TIME: "time",
  SAMPLE_TOO_OLD: "time",
  SAMPLE_IN_FUTURE: "time",
  SAMPLE_LATE: "sequence",
  SAMPLE_HISTORICAL: "sequence",
  SAMPLE_DUPLICATE: "sequence",
  SAMPLE_CONFLICT: "sequence",
  SAMPLE_AFTER_GAP: "sequence",
  SEQUENCE_GAP: "sequence",
  MESSAGE_REPEATED: "sequence",
  UNIT_MISMATCH: "unit",
};

/** What to do about a refusal; null where it is no gateway's doing. */
export function adviceOf(code: FaultCode): Advice | null {
  return advices[code] ?? null;
}
