import type { Outcome, SuiteTest } from "./suite-report.js";

/** Tests by the server they ran on. */
export type Runs = ReadonlyMap<string, readonly SuiteTest[]>;

/** `TESTED.md`: for each test of the suite, what became of it on each server. */
export function renderTable(runs: Runs, intro: string): string {
  const servers = [...runs.keys()];
  const lines = [intro.trim()];
  for (const [file, tests] of byFile(runs)) {
    lines.push(
      "",
      `## ${file}`,
      "",
      row("test", ...servers),
      row("---", ...servers.map(() => "---")),
    );
    for (const [test, cells] of tests) {
      lines.push(row(test, ...servers.map((server) => cells.get(server) ?? "")));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Where a committed table is not what the runs gave; columns of other servers don't count. */
export function differences(table: string, runs: Runs): string[] {
  const committed = parseTable(table);
  const now = byFile(runs);
  const found: string[] = [];
  for (const file of new Set([...committed.keys(), ...now.keys()])) {
    const then = committed.get(file) ?? new Map<string, Cells>();
    const tests = now.get(file) ?? new Map<string, Cells>();
    for (const test of new Set([...then.keys(), ...tests.keys()])) {
      for (const server of runs.keys()) {
        const was = then.get(test)?.get(server) ?? "no such test";
        const is = tests.get(test)?.get(server) ?? "no such test";
        if (was !== is) found.push(`${file}: ${test}: ${server}: ${is}, in the table ${was}`);
      }
    }
  }
  return found;
}

/** Server to what the table says of a test. */
type Cells = ReadonlyMap<string, string>;
type Files = ReadonlyMap<string, ReadonlyMap<string, Cells>>;

function byFile(runs: Runs): Files {
  const files = new Map<string, Map<string, Map<string, string>>>();
  for (const [server, tests] of runs) {
    for (const { file, name, outcome } of tests) {
      const inFile = files.get(file) ?? new Map<string, Map<string, string>>();
      const cells = inFile.get(escape(name)) ?? new Map<string, string>();
      files.set(file, inFile.set(escape(name), cells.set(server, cell(outcome))));
    }
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function parseTable(table: string): Files {
  const files = new Map<string, Map<string, Cells>>();
  let tests = new Map<string, Cells>();
  let servers: string[] = [];
  for (const line of table.split("\n")) {
    if (line.startsWith("## ")) files.set(line.slice(3).trim(), (tests = new Map()));
    if (!line.startsWith("|")) continue;
    const [test = "", ...cells] = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((text) => text.trim());
    if (test === "test") servers = cells;
    else if (!test.startsWith("---")) {
      tests.set(test, new Map(servers.map((server, i) => [server, cells[i] ?? ""])));
    }
  }
  return files;
}

function cell(outcome: Outcome): string {
  return outcome.kind === "lacks" ? `lacks ${outcome.what.join(", ")}` : outcome.kind;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}
