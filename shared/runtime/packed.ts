import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runtime } from "./function-runtime.ts";

/** The JSON of a file that the build packs beside a function's bundle: what is only passed on need not be loaded with the code. */
export const packedJson = (file: string): unknown =>
  JSON.parse(readFileSync(join(runtime.env.LAMBDA_TASK_ROOT, file), "utf8"));
