"use strict";

/** Models of tables on the page: rows are written as JSON, answers are shown target by target. */
const Rows = (() => {
  const element = (id) => document.getElementById(id);

  const example = (model) => Object.fromEntries(model.inputs.map(({ name, example }) => [name, example]));

  /** Each row on a line of its own, so that it can be copied. */
  const text = (rows) => `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]`;

  function offer(model) {
    element("asked").value = JSON.stringify([example(model)], null, 2);
  }

  /** The rows that are written: one object, a list of them, or a whole request. */
  function written() {
    const found = JSON.parse(element("asked").value);
    if (Array.isArray(found)) return found;
    return Array.isArray(found.rows) ? found.rows : [found];
  }

  function describe(model) {
    const range = ({ low, high, values }) => (low === null ? values.map((value) => JSON.stringify(value)).join(" ") : `${low} … ${high}`);
    const rows = model.inputs.map((column) => {
      const cells = [column.name, column.required ? column.column_type : `${column.column_type} (${say("key")})`, range(column)];
      const row = document.createElement("tr");
      row.append(...cells.map((content) => Object.assign(document.createElement("td"), { textContent: content })));
      return row;
    });
    element("columns").replaceChildren(...rows);
  }

  /** What is said of a row, as lines of the list of findings: a value, or the probability of each class. */
  function findings(model, row, number) {
    const lines = [];
    if (number !== null) lines.push({ text: `${number + 1}.` });
    for (const { column, type, classes } of model.targets) {
      const scores = row[`${column}_scores`] ?? (type === "binary" ? [1 - row[`${column}_score`], row[`${column}_score`]] : []);
      const value = row[column];
      lines.push({ text: `${column}: ${type === "number" && value !== null ? Number(value.toPrecision(6)) : JSON.stringify(value)}` });
      const bars = (classes ?? []).map((label, place) => ({ label, score: scores[place], depth: 1 }));
      lines.push(...bars.sort((a, b) => b.score - a.score).slice(0, 10));
    }
    return lines;
  }

  const answers = (model, rows) => rows.flatMap((row, at) => findings(model, row, rows.length > 1 ? at : null));

  return { offer, written, describe, answers, example, text };
})();
