import { publicFile } from "../../shared/http/text.ts";
import { meta as contracts } from "./contract.ts";

const hour = 3600;

/** The file that the build packs beside this function's bundle. */
export const referenceScript = () => "reference.js.gz";

export const handler = publicFile(contracts.referenceScript, referenceScript(), hour);
