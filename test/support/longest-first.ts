import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Folders and files that take longest, the longest first: begun last, one of them would keep one worker busy while the others have ended. */
const longest = [
  "test/faults/",
  "test/e2e/fleet",
  "test/e2e/life-cycle",
  "test/e2e/",
  "test/model/",
  "test/routes/generated",
  "test/matrix/",
  "test/store/usage/roll-up",
  "test/local/run/",
  "test/infra/",
  "test/functions/life/",
  "test/functions/",
  "test/store/",
];

/** Begins with what takes longest, so that the workers end at about the same time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((start) => relative(this.ctx.config.root, moduleId).startsWith(start));
      return found < 0 ? longest.length : found;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}
