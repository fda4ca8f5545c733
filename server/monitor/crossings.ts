// What of a point's value a rule over several points looks at: while nothing of that changes, neither does the rule.
import type { Condition, Crossing, Expression } from "../../contract/condition.ts";
import type { CompiledJoint } from "./plant.ts";

/** The limits that an expression holds a point against; null where it looks at more of it than on which side it is. */
function ofExpression(node: Expression, point: string): readonly Crossing[] | null {
  if ("all" in node) return ofAll(node.all.map((part) => ofExpression(part, point)));
  if ("any" in node) return ofAll(node.any.map((part) => ofExpression(part, point)));
  if ("not" in node) return ofExpression(node.not, point);
  if ("hold" in node) return ofExpression(node.hold, point);
  if ("violated" in node) return node.violated.point === point ? [node.violated] : [];
  if ("state" in node) return node.state.point === point ? null : [];
  if ("vote" in node) return node.vote.members.includes(point) ? [node.vote.violated] : [];
  return [];
}

function ofAll(parts: readonly (readonly Crossing[] | null)[]): readonly Crossing[] | null {
  const known = parts.filter((part) => part !== null);
  return known.length < parts.length ? null : known.flat();
}

function ofCondition(condition: Condition, point: string): readonly Crossing[] | null {
  switch (condition.kind) {
    case "vote":
      return condition.members.includes(point) ? [condition.violated] : [];
    case "combine":
      return ofExpression(condition.expression, point);
    case "pair":
      return condition.of === point || condition.to === point ? null : [];
    case "missingEvent":
      return condition.point === point ? null : [];
    case "geofence":
      return condition.lng === point || condition.lat === point ? null : [];
    case "limit":
    case "state":
    case "rate":
    case "sum":
    case "deviation":
    case "cusum":
    case "accumulate":
    case "forecast":
      return [];
  }
}

/** The limits on a point's value that all these rules hold it against; null where one looks at more of it. */
export function crossingsOf(joints: readonly CompiledJoint[], point: string): readonly Crossing[] | null {
  const conditions = joints.flatMap(({ rule }) => rule.versions.flatMap(({ limits }) => limits));
  return ofAll(conditions.map(({ limit }) => ofCondition(limit.limit, point)));
}
