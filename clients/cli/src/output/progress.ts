import process from "node:process";

/** Shows how far something is, on a terminal; elsewhere it is silent. */
export interface Progress {
  show(done: number, total: number | null): void;
  /** Takes the bar away. */
  end(): void;
}

const width = 30;

/** A bar on stderr, so that stdout holds results alone. @param quiet nothing is shown */
export function progressBar(what: string, quiet: boolean): Progress {
  const { stderr } = process;
  const isShown = stderr.isTTY && !quiet;
  return {
    show(done, total) {
      if (!isShown) return;
      const part = total === null || total === 0 ? 0 : done / total;
      const bar = "█".repeat(Math.round(part * width)).padEnd(width, "░");
      const count = total === null ? "reading the file" : `${done} of ${total} rows`;
      stderr.write(`\r${what} ${bar} ${count}\u001B[K`);
    },
    end() {
      if (isShown) stderr.write("\r\u001B[K");
    },
  };
}
