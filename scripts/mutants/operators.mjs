// The small changes that a test should notice: each is an edit of a piece of the source, told as what became what.
import ts from "typescript";

const kind = ts.SyntaxKind;

/** Operators and what each is turned into; a boundary is moved, a comparison turned round, a sign changed. */
const swaps = new Map([
  [kind.LessThanToken, ["<=", ">="]],
  [kind.LessThanEqualsToken, ["<", ">"]],
  [kind.GreaterThanToken, [">=", "<="]],
  [kind.GreaterThanEqualsToken, [">", "<"]],
  [kind.EqualsEqualsEqualsToken, ["!=="]],
  [kind.ExclamationEqualsEqualsToken, ["==="]],
  [kind.PlusToken, ["-"]],
  [kind.MinusToken, ["+"]],
  [kind.AsteriskToken, ["/"]],
  [kind.SlashToken, ["*"]],
  [kind.PercentToken, ["*"]],
  [kind.AsteriskAsteriskToken, ["*"]],
  [kind.PlusEqualsToken, ["-="]],
  [kind.MinusEqualsToken, ["+="]],
  [kind.BarToken, ["&"]],
  [kind.AmpersandToken, ["|"]],
  [kind.LessThanLessThanToken, [">>"]],
  [kind.AmpersandAmpersandToken, ["||"]],
  [kind.BarBarToken, ["&&"]],
]);

/** Operators of which either side may be all that counts. */
const eitherSide = new Set([kind.AmpersandAmpersandToken, kind.BarBarToken, kind.QuestionQuestionToken]);

/** Methods and what each is exchanged for. */
const methods = new Map([
  ["min", "max"],
  ["max", "min"],
  ["floor", "ceil"],
  ["ceil", "floor"],
  ["some", "every"],
  ["every", "some"],
  // Not the other way round: what is found by its name is there once.
  ["findLast", "find"],
  ["findLastIndex", "findIndex"],
]);

/** Methods that may be left out, so that what they are called on (or given, of Math) stays as it is. */
const leftOut = new Set(["filter", "slice", "toSorted", "toReversed", "abs", "round", "trunc"]);

function isTypeOnly(node) {
  return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

/** A part of an optional chain cannot be put in brackets without breaking it: the whole chain is what is exchanged. */
function wholeOf(node) {
  let whole = node;
  while (ts.isOptionalChain(whole) && ts.isOptionalChain(whole.parent) && whole.parent.expression === whole) {
    whole = whole.parent;
  }
  return whole;
}

function operatorEdits(node, edit) {
  const { left, operatorToken, right } = node;
  for (const swap of swaps.get(operatorToken.kind) ?? []) edit(node, operatorToken, swap);
  if (!eitherSide.has(operatorToken.kind)) return;
  edit(node, node, left);
  edit(node, node, right);
}

function callEdits(node, edit) {
  if (!ts.isPropertyAccessExpression(node.expression)) return;
  const { name, expression } = node.expression;
  if (methods.has(name.text)) edit(node, name, methods.get(name.text));
  if (!leftOut.has(name.text)) return;
  edit(node, node, expression.getText() === "Math" ? node.arguments[0] : expression);
}

/** A field that overrides what is spread before it is how a state changes here: without it the old one stays. */
function overrideEdits(node, edit) {
  if (!node.properties.some(ts.isSpreadAssignment)) return;
  for (const property of node.properties) edit(node, property, "", "without");
}

function conditionEdits(condition, edit, mayHold = true) {
  if (condition === undefined) return;
  if (mayHold) edit(condition, condition, "true");
  edit(condition, condition, "false");
}

function numberEdits(node, edit) {
  const { parent } = node;
  const isName = ts.isPropertyAssignment(parent) && parent.name === node;
  if (isName || (ts.isPrefixUnaryExpression(parent) && parent.operator === kind.MinusToken)) return;
  const value = Number(node.text.replaceAll("_", ""));
  for (const near of [value + 1, value - 1]) edit(node, node, near < 0 ? `(${near})` : String(near));
}

function nodeEdits(node, edit) {
  if (ts.isBinaryExpression(node)) operatorEdits(node, edit);
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) {
    conditionEdits(node.expression, edit, ts.isIfStatement(node));
  }
  if (ts.isForStatement(node)) conditionEdits(node.condition, edit, false);
  if (ts.isConditionalExpression(node)) conditionEdits(node.condition, edit);
  if (ts.isPrefixUnaryExpression(node)) {
    if (node.operator === kind.ExclamationToken) edit(node, node, node.operand);
    if (node.operator === kind.MinusToken) edit(node, node, node.operand);
  }
  if (node.kind === kind.TrueKeyword) edit(node, node, "false");
  if (node.kind === kind.FalseKeyword) edit(node, node, "true");
  if (ts.isNumericLiteral(node)) numberEdits(node, edit);
  if (ts.isCallExpression(node)) callEdits(node, edit);
  if (ts.isObjectLiteralExpression(node)) overrideEdits(node, edit);
  if (node.questionDotToken) edit(wholeOf(node), node.questionDotToken, ts.isPropertyAccessExpression(node) ? "." : "");
  if (ts.isReturnStatement(node) && node.expression && node.expression.kind !== kind.NullKeyword) {
    if (!(node.expression.kind === kind.TrueKeyword || node.expression.kind === kind.FalseKeyword)) {
      edit(node.expression, node.expression, "null");
    }
  }
  if (ts.isExpressionStatement(node) || ts.isContinueStatement(node) || ts.isBreakStatement(node)) {
    edit(node, node, "", "without");
  }
}

function oneLine(text) {
  return text.replaceAll(/\s+/g, " ").trim();
}

/**
 * All mutants of a source text, in the order of their places. `start` to `end` is what the switch stands around, and
 * `text` what stands there instead; `line`, `from` and `to` say it to people and to the list of those explained.
 */
export function mutantsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const lines = text.split("\n");
  const found = [];
  const seen = new Set();
  function edit(node, part, replacement, verb) {
    const whole = node.flags & ts.NodeFlags.OptionalChain ? wholeOf(node) : node;
    const by = typeof replacement === "string" ? replacement : replacement.getText();
    const [start, end] = [whole.getStart(), whole.getEnd()];
    const [partStart, partEnd] = [part.getStart(), part.getEnd()];
    // The comma after a property that is left out goes with it.
    const skip = verb === "without" && ts.isObjectLiteralExpression(node) ? /^\s*,/.exec(text.slice(partEnd)) : null;
    const rest = text.slice(partEnd + (skip?.[0].length ?? 0), end);
    const mutated = text.slice(start, partStart) + by + rest;
    const key = `${start} ${end} ${oneLine(mutated)}`;
    if (oneLine(mutated) === oneLine(text.slice(start, end)) || seen.has(key)) return;
    seen.add(key);
    const { line } = source.getLineAndCharacterOfPosition(partStart);
    const from = oneLine(verb === "without" ? text.slice(partStart, partEnd) : text.slice(start, end));
    const to = verb === "without" ? "" : oneLine(mutated);
    const isStatement = ts.isStatement(whole);
    found.push({ file, row: line + 1, line: oneLine(lines[line]), from, to, start, end, text: mutated, isStatement });
  }
  function visit(node) {
    if (isTypeOnly(node) || ts.isImportDeclaration(node)) return;
    nodeEdits(node, edit);
    ts.forEachChild(node, visit);
  }
  visit(source);
  return found.toSorted((a, b) => a.row - b.row || a.start - b.start);
}

/** Where each loop's body begins and ends: a switch there ends a loop that a mutant made endless. */
export function loopBodies(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const bodies = [];
  function visit(node) {
    if (ts.isIterationStatement(node, false)) bodies.push([node.statement.getStart(), node.statement.getEnd()]);
    ts.forEachChild(node, visit);
  }
  visit(source);
  return bodies;
}
