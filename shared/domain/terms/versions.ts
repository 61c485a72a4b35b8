import * as z from "zod";

/** Version of the backup software: numbers with dots between them, which is how versions are compared; anything may follow. */
export const AgentVersion = z
  .string()
  .max(50)
  .regex(/^\d{1,9}(\.\d{1,9}){0,3}([-+ ][\w.+-]*)?$/, { error: "must be a version such as 7.2.1" })
  .meta({ description: "Version of the backup software", examples: ["7.2.1"] });

/** Whether a version is older than another: by its numbers, those that are missing being zero. An unknown one is not judged. */
export function isOlder(version: string | null, than: string | null): boolean {
  if (version === null || than === null) return false;
  const numbers = (of: string): number[] => (/^[\d.]*/.exec(of)?.[0] ?? "").split(".").map(Number);
  const [mine, theirs] = [numbers(version), numbers(than)];
  for (let place = 0; place < Math.max(mine.length, theirs.length); place += 1) {
    const difference = (mine[place] ?? 0) - (theirs[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
