/** Tables for spreadsheets. */

/**
 * A table as RFC 4180 has it. Every cell is quoted, so that nothing is torn apart where a spreadsheet expects other
 * separators. A text that a spreadsheet would take for a formula gets an apostrophe: names and labels are strangers'.
 * @param {(string | number)[][]} rows
 */
function csvOf(rows) {
  const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
  /** @param {string | number} value */
  const cell = (value) => {
    const text = typeof value === "string" && formula.test(value) ? `'${value}` : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  const lines = rows.map((row) => `${row.map(cell).join(",")}\r\n`);
  // By the byte order mark, spreadsheets know that it is UTF-8.
  return new Blob(["\uFEFF", ...lines], { type: "text/csv" });
}
